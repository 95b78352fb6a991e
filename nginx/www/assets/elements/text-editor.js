import { h, isComposing, textButton } from "../lib/dom.js";
import { drafts } from "../lib/memory.js";
import { isDone, wordsOf } from "./chat-composer.js";

/**
 * Puts an editor in the place of a text: Enter saves as it sends a message, Esc closes it. What is written is kept
 * under `draft` until it is saved, however the editor goes; the text it began with can be had back.
 * @param {HTMLElement[]} hidden what is not seen meanwhile; the editor stands behind the first
 * @param {{label: string, text: string, draft: string, help: string, action: string,
 *   save: (text: string) => boolean|void, closed: () => void}} options `save` tells with false that it did not
 */
export function editText(hidden, { label, text, draft, help, action, save, closed }) {
  const show = (isShown) => { for (const element of hidden) element.hidden = !isShown; };
  const close = () => { editor.remove(); show(true); closed(); };
  const finish = () => {
    const written = wordsOf(area.value);
    if (!written) return;
    close();
    if (written === text || save(written) !== false) drafts.clear(draft);
  };
  const area = h("textarea", { class: "input", dir: "auto", "aria-label": label, rows: 3, value: drafts.get(draft) || text });
  const original = textButton("Original text", () => {
    area.focus();
    area.select();
    document.execCommand("insertText", false, text); // what it replaces comes back with Ctrl Z
  });
  const compare = () => { original.hidden = area.value === text; };
  area.addEventListener("input", () => {
    drafts.set(draft, area.value === text ? null : area.value);
    compare();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isComposing(event)) { event.preventDefault(); event.stopPropagation(); close(); }
    if (isDone(event)) { event.preventDefault(); finish(); }
  });
  const editor = h("div", { class: "editor" }, area,
    h("div", { class: "actions" }, h("span", { class: "help" }, help), original,
      textButton("Close", close),
      textButton(action, finish, { class: "button button--main" })));
  show(false);
  hidden[0].after(editor);
  compare();
  area.style.height = `${Math.min(area.scrollHeight + 4, innerHeight / 2)}px`;
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}
