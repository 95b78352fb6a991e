import { announce, h, iconButton, styles, textButton } from "../lib/dom.js";

await styles(new URL("./toast.css", import.meta.url));

/** How long it is seen; while it is pointed at, or has the focus, the time stands still. */
const seenMs = 10_000;

let close = () => {};

/**
 * Says what became of something, and where there is `undo` offers it, by its button or by Ctrl Z. The toast before
 * it goes.
 * @param {string} text
 * @param {{undo?: () => Promise<void>, gone?: () => void}} [options] `undo` throws what went wrong; `gone` is called
 *   when it can not be undone here any more
 */
export function toast(text, { undo, gone } = {}) {
  close();
  const words = h("p", { dir: "auto" }, text);
  const button = textButton("Undo", () => run(), { title: "Undo (Ctrl Z)" });
  const element = h("section", { class: "toast", "aria-label": "Notice" }, words, undo && button,
    iconButton("close", "Dismiss", { onclick: () => close() }));
  const listening = new AbortController();
  const { signal } = listening;
  let timer = null;
  let isRunning = false;
  let hasWritten = false;

  const wait = () => {
    clearTimeout(timer);
    if (!element.matches(":hover, :focus-within") && !isRunning) timer = setTimeout(close, seenMs);
  };
  close = ({ isUndone = false } = {}) => {
    close = () => {};
    clearTimeout(timer);
    listening.abort();
    element.remove();
    if (!isUndone) gone?.();
  };
  const run = async () => {
    isRunning = button.disabled = true;
    clearTimeout(timer);
    try {
      await undo();
      announce("Undone.");
      close({ isUndone: true });
    } catch (problem) {
      words.textContent = problem.message;
      announce(problem.message);
      isRunning = button.disabled = false;
      wait();
    }
  };

  for (const name of ["pointerenter", "pointerleave", "focusin", "focusout"]) {
    element.addEventListener(name, () => queueMicrotask(wait), { signal });
  }
  document.addEventListener("input", () => { hasWritten = true; }, { signal }); // Ctrl Z is for that, then
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
    if (hasWritten || isRunning || !undo) return;
    event.preventDefault();
    run();
  }, { signal });
  window.addEventListener("atelier:signed-out", () => close(), { signal });
  document.body.append(element);
  announce(undo ? `${text} Ctrl Z undoes it.` : text);
  wait();
}
