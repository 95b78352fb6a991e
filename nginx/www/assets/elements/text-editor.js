import { h, isComposing, textButton } from "../lib/dom.js";
import { isDone, wordsOf } from "./chat-composer.js";

/**
 * Puts an editor in the place of a text: Enter saves as it sends a message, Esc gives up.
 * @param {HTMLElement[]} hidden what is not seen meanwhile; the editor stands behind the first
 * @param {{label: string, text: string, help: string, action: string, save: (text: string) => void, closed: () => void}} options
 */
export function editText(hidden, { label, text, help, action, save, closed }) {
  const show = (isShown) => { for (const element of hidden) element.hidden = !isShown; };
  const close = () => { editor.remove(); show(true); closed(); };
  const finish = () => {
    const written = wordsOf(area.value);
    if (!written) return;
    close();
    if (written !== text) save(written);
  };
  const area = h("textarea", { class: "input", dir: "auto", "aria-label": label, rows: 3, value: text });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isComposing(event)) { event.preventDefault(); event.stopPropagation(); close(); }
    if (isDone(event)) { event.preventDefault(); finish(); }
  });
  const editor = h("div", { class: "editor" }, area,
    h("div", { class: "actions" }, h("span", { class: "help" }, help),
      textButton("Cancel", close),
      textButton(action, finish, { class: "button button--main" })));
  show(false);
  hidden[0].after(editor);
  area.style.height = `${Math.min(area.scrollHeight + 4, innerHeight / 2)}px`;
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}
