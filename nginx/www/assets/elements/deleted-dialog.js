import { conversations } from "../lib/conversations.js";
import { announce, h, iconButton, styles, textButton } from "../lib/dom.js";
import { openDialog } from "../lib/overlays.js";
import { dateText } from "./date-text.js";

await styles(new URL("./deleted-dialog.css", import.meta.url));

/** Shows which conversations were deleted, the last one first; each can be brought back. */
export function showDeleted() {
  const list = h("ul");
  const end = h("div", { class: "end" });
  const dialog = h("dialog", { class: "dialog deleted", "aria-labelledby": "deleted-title" },
    h("header", {}, h("h2", { id: "deleted-title" }, "Recently deleted"), iconButton("close", "Close", { onclick: () => dialog.close() })),
    h("p", {}, "A conversation can be brought back for 30 days."), list, end);

  const readOn = async (cursor) => {
    const hadFocus = end.contains(document.activeElement);
    end.replaceChildren(h("div", { class: "skeleton", role: "status", "aria-label": "Loading" }, h("i"), h("i")));
    try {
      const { items, next_cursor: next } = await conversations.deleted(cursor);
      const rows = items.map((item) => rowOf(item, dialog));
      list.append(...rows);
      const nothing = !list.hasChildNodes() && h("p", {}, "Nothing was deleted.");
      end.replaceChildren(...[next && textButton("Load more", () => readOn(next)), nothing].filter(Boolean));
      if (hadFocus) rows[0]?.querySelector("button").focus();
    } catch (problem) {
      end.replaceChildren(h("p", { role: "alert" }, problem.message), textButton("Try again", () => readOn(cursor)));
    }
  };
  openDialog(dialog);
  readOn(null);
}

function rowOf({ id, title, deleted_ms: deletedMs }, dialog) {
  const name = title || "New conversation";
  const when = h("small", {}, "deleted ", dateText(deletedMs));
  const restore = async () => {
    button.disabled = true;
    try {
      await conversations.restore(id);
      const link = h("a", { class: "button", href: `/c/${id}`, "aria-label": `Open ${name}`, onclick: () => dialog.close() }, "Open");
      button.replaceWith(link);
      link.focus();
      when.textContent = "restored";
      announce(`“${name}” is back.`);
    } catch (problem) {
      button.disabled = false;
      button.focus();
      when.textContent = problem.message;
      announce(problem.message, { isUrgent: true });
    }
  };
  const button = textButton("Restore", restore, { "aria-label": `Restore ${name}` });
  return h("li", {}, h("div", {}, h("b", { dir: "auto", title: name }, name), when), button);
}
