import { announce, h, iconButton, styles, textButton, topmost } from "../lib/dom.js";

await styles(new URL("./toast.css", import.meta.url));

/** How long it is seen; while it is pointed at, has the focus, or lies below a dialog, the time stands still. */
const seenMs = 10_000;

/** Its own words. */
const words = {
  notice: "Notice", undo: "Undo", undoTitle: "Undo (Ctrl Z)", hint: "Ctrl Z undoes it.", undone: "Undone.", dismiss: "Dismiss",
  more: (count) => `${count} can be undone.`,
};

let close = () => {};

/** What can be undone while there are toasts, the last one last. */
let undoable = [];

/**
 * Says what became of something, and where there is `undo` offers it, by its button or by Ctrl Z; what was undoable
 * before comes after it. The toast before it goes.
 * @param {string} text
 * @param {{undo?: () => Promise<void>, isUrgent?: boolean}} [options] `undo` throws what went wrong; what failed is
 *   urgent, and a screen reader says it at once
 */
export function toast(text, { undo, isUrgent = false } = {}) {
  if (undo) undoable.push({ text, undo });
  show(text, { isUndoable: Boolean(undo), isUrgent });
}

function show(text, { isUndoable, isUrgent = false }) {
  close({ isFollowed: true });
  const more = isUndoable && undoable.length > 1 ? ` ${words.more(undoable.length)}` : "";
  const told = h("p", { dir: "auto" }, text + more);
  const button = textButton(words.undo, () => run(), { title: words.undoTitle });
  const element = h("section", { class: "toast", "aria-label": words.notice }, told, isUndoable && button,
    iconButton("close", words.dismiss, { onclick: () => close() }));
  const listening = new AbortController();
  const { signal } = listening;
  let timer = null;
  let isRunning = false;
  let hasWritten = false;

  const wait = () => {
    clearTimeout(timer);
    const stands = isRunning || element.matches(":hover, :focus-within") || !topmost().contains(element);
    if (!stands) timer = setTimeout(close, seenMs);
  };
  // Where it can be seen and used: over the page, or over the dialog that lies on it.
  const toTop = () => {
    if (element.parentNode !== topmost()) topmost().append(element);
    wait();
  };
  close = ({ isFollowed = false } = {}) => {
    close = () => {};
    clearTimeout(timer);
    listening.abort();
    element.remove();
    if (!isFollowed) undoable = [];
  };
  const run = async () => {
    const last = undoable.at(-1);
    isRunning = button.disabled = true;
    clearTimeout(timer);
    try {
      await last.undo();
      announce(words.undone);
      undoable = undoable.filter((other) => other !== last);
      const before = undoable.at(-1);
      if (before) show(before.text, { isUndoable: true });
      else close();
    } catch (problem) {
      told.textContent = problem.message;
      announce(problem.message, { isUrgent: true });
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
    if (hasWritten || isRunning || !undoable.length) return;
    event.preventDefault();
    run();
  }, { signal });
  window.addEventListener("atelier:signed-out", () => close(), { signal });
  for (const name of ["toggle", "close"]) {
    document.addEventListener(name, ({ target }) => target.matches("dialog") && toTop(), { signal, capture: true });
  }
  toTop();
  announce(isUndoable ? `${told.textContent} ${words.hint}` : text, { isUrgent });
}
