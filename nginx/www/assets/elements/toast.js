import { announce, h, iconButton, styles, textButton } from "../lib/dom.js";

await styles(new URL("./toast.css", import.meta.url));

/** How long it is seen; while it is pointed at, or has the focus, the time stands still. */
const seenMs = 10_000;

let close = () => {};

/** What can be undone while there are toasts, the last one last. */
let undoable = [];

/**
 * Says what became of something, and where there is `undo` offers it, by its button or by Ctrl Z; what was undoable
 * before comes after it. The toast before it goes.
 * @param {string} text
 * @param {{undo?: () => Promise<void>}} [options] throws what went wrong
 */
export function toast(text, { undo } = {}) {
  if (undo) undoable.push({ text, undo });
  show(text, { isUndoable: Boolean(undo) });
}

function show(text, { isUndoable }) {
  close({ isFollowed: true });
  const more = isUndoable && undoable.length > 1 ? ` ${undoable.length} can be undone.` : "";
  const words = h("p", { dir: "auto" }, text + more);
  const button = textButton("Undo", () => run(), { title: "Undo (Ctrl Z)" });
  const element = h("section", { class: "toast", "aria-label": "Notice" }, words, isUndoable && button,
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
      announce("Undone.");
      undoable = undoable.filter((other) => other !== last);
      const before = undoable.at(-1);
      if (before) show(before.text, { isUndoable: true });
      else close();
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
    if (hasWritten || isRunning || !undoable.length) return;
    event.preventDefault();
    run();
  }, { signal });
  window.addEventListener("atelier:signed-out", () => close(), { signal });
  document.body.append(element);
  announce(isUndoable ? `${words.textContent} Ctrl Z undoes it.` : text);
  wait();
}
