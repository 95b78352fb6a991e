import { h, iconButton } from "../lib/dom.js";
import { openDialog } from "../lib/overlays.js";

const command = /mac|iphone|ipad/i.test(navigator.platform) ? "⌘" : "Ctrl";

const keys = [
  ["Palette: find a conversation, do something", [command, "K"]],
  ["New conversation", [command, "Shift", "O"]],
  ["Write a message", ["/"]],
  ["Send; while an answer runs, after it", ["Enter"]],
  ["Break the line", ["Shift", "Enter"]],
  ["Edit the last message, from the empty field", ["↑"]],
  ["To the next part of the page", ["F6"]],
  ["Read on or back, while writing too", ["PgDn", "PgUp"]],
  ["The first message, the last one", ["Home", "End"]],
  ["Rename the conversation", ["F2"]],
  ["Print the conversation, whole", [command, "P"]],
  ["Delete the conversation that has the focus in the list", ["Del"]],
  ["Undo the last deletion, then the one before", [command, "Z"]],
  ["Stop the answer, close what is open", ["Esc"]],
  ["This sheet", ["?"]],
];

/** Shows the sheet of keys. */
export function showKeys() {
  const dialog = h("dialog", { class: "dialog keys", "aria-labelledby": "keys-title" },
    h(
      "header",
      {},
      h("h2", { id: "keys-title" }, "Keys"),
      iconButton("close", "Close", { onclick: () => dialog.close() }),
    ),
    h(
      "dl",
      {},
      keys.map(([what, pressed]) => h(
        "div",
        {},
        h("dt", {}, what),
        h("dd", {}, pressed.map((key) => h("kbd", {}, key))),
      )),
    ));
  openDialog(dialog);
}
