import { copyText } from "../lib/copy-text.js";
import { h, iconButton } from "../lib/dom.js";
import { asText, isNull } from "../lib/table-values.js";

/** Beyond this the browser would have to set a book; it is copied whole all the same. */
const longest = 200_000;

/**
 * Shows a cell's whole value beside it; Esc, a press elsewhere and the button close it.
 * @param {HTMLElement} cell
 * @param {{title: string, value: unknown, words: {copy: string, close: string}, back: HTMLElement}} options
 *   `back` has the focus afterwards
 */
export function showWhole(cell, { title, value, words, back }) {
  const text = isNull(value) ? "NULL" : asText(value);
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  const words_ = h("pre", { tabindex: 0, dir: "auto", "aria-label": title }, shown);
  const box = h("div", { class: "menu whole-value", popover: "auto", role: "dialog", "aria-label": title },
    h("header", {}, h("b", { dir: "auto" }, title),
      iconButton("copy", words.copy, { onclick: () => copyText(text) }),
      iconButton("close", words.close, { onclick: () => box.hidePopover() })),
    words_);
  box.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    if (box.contains(document.activeElement) || document.activeElement === document.body) back.focus({ preventScroll: true });
    box.remove();
  });
  back.after(box);
  box.showPopover();
  const { left, top, bottom } = cell.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const below = top + height > innerHeight - 8 ? Math.max(8, bottom - height) : top;
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  box.style.top = `${below}px`;
  words_.focus({ preventScroll: true });
}
