import { copyText, h, icon, styles } from "../lib/dom.js";
import { highlight } from "../lib/highlight.js";
import { BlockSplitter, blocksOf } from "../lib/markdown-blocks.js";
import { closeTail, openMath } from "../lib/markdown-tail.js";
import { render } from "../lib/markdown.js";
import { morphChildren } from "../lib/morph.js";
import { typeset } from "../lib/typeset.js";

await styles(new URL("./markdown-text.css", import.meta.url));

/**
 * <markdown-text>: Markdown, whole or while it is being written.
 *
 * What is finished is rendered once and never touched again; the block still open is brought up to date at
 * most once per frame, and less often when that takes long.
 */
export class MarkdownText extends HTMLElement {
  #text = "";
  #splitter = new BlockSplitter();
  #links = {};
  #pending = "";
  #open = null;
  #frame = null;
  #costMs = 0;
  #renderedAt = 0;

  /** Everything received so far, as Markdown. */
  get text() {
    return this.#text;
  }

  connectedCallback() {
    this.addEventListener("click", this);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  handleEvent(event) {
    const button = event.target.closest?.(".copy-code");
    if (button) copyCode(button);
  }

  /** Shows a complete text. */
  show(text) {
    cancelAnimationFrame(this.#frame);
    this.#text = text;
    this.#pending = "";
    this.#splitter = new BlockSplitter();
    this.#links = {};
    this.#frame = null;
    this.#open = null;
    this.dataset.state = "finished";
    const blocks = blocksOf(text);
    // Definitions may stand at the very end, so they are collected before anything is shown.
    for (const block of blocks) if (/^ {0,3}\[[^\]]+\]:/m.test(block)) render(block, this.#links);
    this.replaceChildren(...blocks.map((block) => this.#finished(h("div", { class: "block" }), block)));
  }

  /** Takes in the next piece of a text being written. */
  write(piece) {
    this.dataset.state = "streaming";
    this.#text += piece;
    this.#pending += piece;
    this.#frame ??= requestAnimationFrame((now) => this.#onFrame(now));
  }

  /** Nothing follows. */
  finish() {
    if (this.dataset.state !== "streaming") return;
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    this.#take();
    for (const block of this.#splitter.end()) this.#close(block);
    this.#open?.remove();
    this.#open = null;
    this.dataset.state = "finished";
    // A reference defined after its use could not be known when its block was finished.
    if (Object.keys(this.#links).length) this.show(this.#text);
  }

  #onFrame(now) {
    this.#frame = null;
    if (now - this.#renderedAt < this.#costMs * 4) { // leave most of the time to the person
      this.#frame = requestAnimationFrame((next) => this.#onFrame(next));
      return;
    }
    const began = performance.now();
    this.#take();
    const open = this.#splitter.open;
    if (open.trim()) this.#preview(open);
    this.#costMs = performance.now() - began;
    this.#renderedAt = now;
  }

  #take() {
    const pending = this.#pending;
    this.#pending = "";
    for (const block of this.#splitter.push(pending)) this.#close(block);
  }

  #close(block) {
    const element = this.#openBlock();
    this.#open = null;
    this.#finished(element, block);
  }

  #finished(element, block) {
    this.#update(element, block);
    element.classList.remove("block--open");
    for (const code of element.querySelectorAll("figure.code code")) highlight(
      code,
      code.closest("figure").dataset.language,
    );
    return element;
  }

  #openBlock() {
    if (!this.#open) this.append(this.#open = h("div", { class: "block block--open" }));
    return this.#open;
  }

  #preview(open) {
    const tex = openMath(open);
    if (tex === null) return this.#update(this.#openBlock(), closeTail(open));
    const fragment = document.createDocumentFragment();
    fragment.append(h("span", { class: "math math--display", "data-state": "plain" }, tex));
    morphChildren(this.#openBlock(), fragment);
  }

  #update(element, markdown) {
    const fragment = render(markdown, this.#links);
    dress(fragment);
    morphChildren(element, fragment);
    typeset(element);
  }
}

/** Gives code its head and tables a box to scroll in. */
function dress(fragment) {
  for (const code of fragment.querySelectorAll("pre > code")) {
    const language = /language-(\S+)/.exec(code.className)?.[1] ?? "";
    const pre = code.parentElement;
    const figure = h("figure", { class: "code", "data-language": language });
    pre.replaceWith(figure);
    figure.append(
      h(
        "figcaption",
        {},
        h("span", {}, language || "text"),
        h("button", { type: "button", class: "copy-code" }, icon("copy"), h("span", {}, "Copy")),
      ),
      pre);
  }
  for (const table of fragment.querySelectorAll("table")) {
    const box = h("div", { class: "table-box" });
    table.replaceWith(box);
    box.append(table);
  }
}

async function copyCode(button) {
  const done = await copyText(button.closest("figure").querySelector("code").textContent);
  const label = button.querySelector("span");
  label.textContent = done ? "Copied" : "Not allowed";
  setTimeout(() => { label.textContent = "Copy"; }, 1600);
}

customElements.define("markdown-text", MarkdownText);
