import { h, isComposing, styles, typedAhead } from "../lib/dom.js";

await styles(new URL("./title-editor.css", import.meta.url));

/** As long as the server takes. */
const longest = 200;

/**
 * Puts a field in the place of a title: Enter and leaving it keep what is written, Esc gives it up. Without a word
 * in it nothing is kept: Enter says so, leaving gives up.
 * @param {HTMLElement} shown what is not seen meanwhile
 * @param {{title: string, save: (title: string) => Promise<unknown>, closed: (byHand: boolean) => void}} options
 *   `closed` is told whether the person is still there, so that the focus has to go somewhere
 */
export function editTitle(shown, { title, save, closed }) {
  const fault = h("p", { class: "fault", role: "alert" });
  const field = h("input", {
    class: "input", type: "text", "aria-label": "Title", autocomplete: "off", maxlength: longest, dir: "auto", value: title,
  });
  let isOver = false;

  const close = (byHand) => {
    isOver = true; // the field that goes loses the focus
    form.remove();
    shown.hidden = false;
    closed(byHand);
  };
  const refuse = (words) => {
    fault.textContent = words;
    field.setAttribute("aria-invalid", "true");
  };
  const keep = async (byHand) => {
    const written = field.value.trim();
    if (isOver) return;
    if (!written && byHand) return refuse("A title needs a word. Esc leaves it as it was.");
    if (!written || written === title) return close(byHand);
    try {
      await save(written);
      if (!isOver) close(byHand);
    } catch (problem) {
      refuse(problem.message);
    }
  };

  const form = h("form", { class: "title-editor", onsubmit: (event) => { event.preventDefault(); keep(true); } }, field, fault);
  field.addEventListener("input", () => { fault.textContent = ""; field.removeAttribute("aria-invalid"); });
  field.addEventListener("blur", () => document.hasFocus() && keep(false)); // another window is not another place
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") event.stopPropagation(); // arrows and keys of the list around it
    if (event.key === "Escape" && !isComposing(event)) { event.preventDefault(); close(true); }
  });
  const typed = typedAhead();
  shown.hidden = true;
  shown.after(form);
  field.focus();
  if (typed) field.value = typed;
  else field.setSelectionRange(0, field.value.length, "backward"); // a long one is seen from its beginning
}
