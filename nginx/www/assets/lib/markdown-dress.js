/** What the page adds to rendered Markdown: directions, the heads of code, boxes to scroll in, and copying. */
import { directionOf } from "./direction.js";
import { copyText } from "./copy-text.js";
import { h, icon } from "./dom.js";

/** @param {DocumentFragment} fragment as it comes from `render` */
export function dress(fragment) {
  // Each block is laid out from the side of its own words; code and formulas from the left, and they have no say.
  for (const block of fragment.children) block.setAttribute("dir", directionOf(wordsOf(block)));
  for (const element of fragment.querySelectorAll("code, .math")) element.setAttribute("dir", "ltr");
  for (const code of fragment.querySelectorAll("pre > code")) dressCode(code);
  for (const table of fragment.querySelectorAll("table")) dressTable(table);
}

function wordsOf(block) {
  if (!block.querySelector("code, .math")) return block.textContent;
  const copy = block.cloneNode(true);
  for (const element of copy.querySelectorAll("code, .math")) element.remove();
  return copy.textContent;
}

function dressCode(code) {
  const language = /language-(\S+)/.exec(code.className)?.[1] ?? "";
  const pre = code.parentElement;
  const info = pre.querySelector(":scope > span"); // where that is more than the language
  info?.remove();
  const figure = h("figure", { class: "code", dir: "ltr", "data-language": language });
  pre.removeAttribute("dir");
  pre.replaceWith(figure);
  figure.append(
    h("figcaption", {}, h("span", {}, info?.textContent || language || "text"), copyButton("copy-code", "Copy")),
    pre,
  );
  // The end of the last line is not a part of what is copied.
  const last = code.lastChild;
  if (last) last.data = last.data.replace(/\n$/, "");
}

function dressTable(table) {
  const figure = h("figure", { class: "table", dir: table.getAttribute("dir") });
  const box = h("div", { class: "table-box" });
  table.replaceWith(figure);
  table.removeAttribute("dir");
  box.append(table);
  figure.append(box, copyButton("copy-table", "Copy table"));
}

function copyButton(name, label) {
  return h("button", { type: "button", class: name }, icon("copy"), h("span", {}, label));
}

// What scrolls sideways has to be within reach of the keyboard, and what does not should be no stop on the way.
const widths = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const scrolls = target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1;
  const language = target.closest("figure.code")?.dataset.language;
  const label = target.matches(".math") ? "Formula" : target.matches(".table-box") ? "Table" : `Code${language ? `, ${language}` : ""}`;
  for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": label })) {
    if (scrolls) target.setAttribute(name, value);
    else target.removeAttribute(name);
  }
}));

/** Makes what can be scrolled in a finished block focusable, as long as it can be. */
export function watchWidths(element) {
  for (const box of element.querySelectorAll("pre, .table-box, .math--display")) widths.observe(box);
}

/** Copies the code or the table that a button belongs to. */
export async function copyFrom(button) {
  const figure = button.closest("figure");
  const done = button.matches(".copy-code")
    ? await copyText(figure.querySelector("code").textContent)
    : await copyTable(figure.querySelector("table"));
  const label = button.querySelector("span");
  const { textContent } = label;
  label.textContent = done ? "Copied" : "Not allowed";
  setTimeout(() => { label.textContent = textContent; }, 1600);
}

/** As a table, for where one can be pasted; as lines with tabs elsewhere. */
async function copyTable(table) {
  const copy = table.cloneNode(true);
  const formulas = copy.querySelectorAll(".math[data-tex]");
  if (formulas.length) {
    const { sourceOf } = await import("./copy-formulas.js"); // it came with what set them
    for (const formula of formulas) formula.replaceWith(sourceOf(formula));
  }
  const text = [...copy.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim().replace(/\s+/g, " ")).join("\t")).join("\n");
  return copyText(text, copy.outerHTML);
}
