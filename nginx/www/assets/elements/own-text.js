import { h, icon } from "../lib/dom.js";
import { longLines, partsOf } from "../lib/own-parts.js";

/** What a person wrote, as they wrote it: code they fenced is set as code, and what is long begins folded. */
export function ownText(text) {
  const parts = partsOf(text).map(({ code, info, text: words }) => (code
    ? h("pre", { class: "own-code", dir: "ltr" }, info && h("span", { class: "info" }, info), h("code", {}, words))
    : h("span", {}, words)));
  const lines = longLines(text);
  return lines === null ? parts : folded(parts, lines > 1 ? `Show all ${lines} lines` : "Show all of it");
}

function folded(parts, label) {
  const words = h("span", {}, label);
  const fold = h("div", { class: "fold", "data-state": "folded" }, parts);
  const button = h("button", { type: "button", class: "unfold", "aria-expanded": "false", onclick: () => {
    const opens = fold.dataset.state === "folded";
    fold.dataset.state = opens ? "open" : "folded";
    button.setAttribute("aria-expanded", String(opens));
    words.textContent = opens ? "Show less" : label;
    if (!opens) button.scrollIntoView({ block: "nearest" });
  } }, icon("down"), words);
  return [fold, button];
}
