/**
 * Copies formulas as they were written: `$E=mc^2$`. KaTeX sets each twice, for the eye and for screen readers, and a
 * browser copies both.
 *
 * KaTeX's own copy-tex puts `textContent` on the clipboard, without the ends of paragraphs and the cells of tables.
 * Here the source stands in the place of the formula while the browser itself copies.
 */

/** @param {HTMLElement} formula that is set */
export function sourceOf(formula) {
  const mark = formula.matches(".math--display") ? "$$" : "$";
  return mark + formula.dataset.tex + mark;
}

document.addEventListener("copy", () => {
  const selection = getSelection();
  if (selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  const formulas = [...document.querySelectorAll(".math[data-state=set]")].filter((formula) => range.intersectsNode(formula));
  for (const formula of formulas) {
    if (formula.contains(range.startContainer)) range.setStartBefore(formula);
    if (formula.contains(range.endContainer)) range.setEndAfter(formula);
    const set = [...formula.childNodes];
    formula.replaceChildren(sourceOf(formula));
    setTimeout(() => formula.replaceChildren(...set));
  }
});
