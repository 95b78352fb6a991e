import { h, styles } from "../lib/dom.js";
import { highlight } from "../lib/highlight.js";
import { BlockSplitter } from "../lib/markdown-blocks.js";
import { copyFrom, dress, watchWidths } from "../lib/markdown-dress.js";
import { unusedIn } from "../lib/markdown-parser.js";
import { closeTail, openMath } from "../lib/markdown-tail.js";
import { isQuick, openLimits, patientLimits, render, renderApart } from "../lib/markdown.js";
import { morphChildren } from "../lib/morph.js";
import { typeset } from "../lib/typeset.js";

await styles(new URL("./markdown-text.css", import.meta.url));

/** How long a text may hold the page up at a time, and how much of it is taken in at once. */
const sliceMs = 50;
const sliceCharacters = 8192;

/**
 * <markdown-text>: Markdown, whole or while it is being written.
 *
 * What is finished is rendered once and never touched again; the block still open is brought up to date at
 * most once per frame, and less often when that takes long. A block that may be slow is rendered away from the page;
 * one that takes too long, or cannot be rendered, stands as it was written, with a button to try all the same.
 */
export class MarkdownText extends HTMLElement {
  #text = "";
  #splitter = new BlockSplitter();
  #blocks = [];
  #links = {};
  #unused = new Set();
  #pending = "";
  #hasEnded = false;
  #open = null;
  #frame = null;
  #timer = null;
  #costMs = 0;
  #renderedAt = 0;

  /** Everything received so far, as Markdown. */
  get text() {
    return this.#text;
  }

  connectedCallback() {
    this.addEventListener("click", this);
    if (this.#pending) this.#soon();
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
    this.#cancel();
  }

  handleEvent(event) {
    const button = event.target.closest?.("button");
    if (button?.matches(".copy-code, .copy-table")) copyFrom(button);
    else if (button?.matches(".try")) this.#try(button);
  }

  /** Shows a complete text. */
  show(text) {
    this.#cancel();
    this.#text = text;
    this.#splitter = new BlockSplitter();
    this.#blocks = [];
    this.#links = {};
    this.#unused = new Set();
    this.#pending = text;
    this.#hasEnded = true;
    this.#open = null;
    this.replaceChildren();
    this.#work();
  }

  /** Takes in the next piece of a text being written. */
  write(piece) {
    this.dataset.state = "streaming";
    this.#hasEnded = false;
    this.#text += piece;
    this.#pending += piece;
    this.#soon();
  }

  /** Nothing follows. */
  finish() {
    if (this.dataset.state !== "streaming") return;
    this.#cancel();
    this.#hasEnded = true;
    this.#work();
  }

  #soon() {
    // A tab in the background has no frames, and a text that has ended needs none.
    if (this.#hasEnded) this.#timer ??= setTimeout(() => { this.#timer = null; this.#work(); });
    else this.#frame ??= requestAnimationFrame((now) => this.#onFrame(now));
  }

  #cancel() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.#timer = null;
  }

  #onFrame(now) {
    this.#frame = null;
    if (now - this.#renderedAt < this.#costMs * 4) return this.#soon(); // leave most of the time to the person
    const began = performance.now();
    this.#work();
    this.#costMs = performance.now() - began;
    this.#renderedAt = now;
  }

  #work() {
    try {
      const until = performance.now() + sliceMs;
      do this.#take(); while (this.#hasMore && performance.now() < until);
      if (this.#hasMore) return this.#soon();
      if (this.#hasEnded) this.#end();
      else this.#preview();
    } catch {
      this.#giveUp();
    }
  }

  /** Not even its blocks can be told apart: all of it stands as it was written, and other messages go on. */
  #giveUp() {
    this.#pending = "";
    this.#splitter = new BlockSplitter();
    this.#blocks = [];
    this.#open = null;
    const element = h("div", { class: "block" });
    showPlain({ element, text: this.#text });
    this.replaceChildren(element);
    if (this.#hasEnded) this.dataset.state = "finished";
  }

  /** Half a character waits for its other half. */
  get #hasMore() {
    return this.#pending !== "" && (this.#hasEnded || !/^[\ud800-\udbff]$/.test(this.#pending));
  }

  #take() {
    let length = Math.min(sliceCharacters, this.#pending.length);
    if (!this.#hasEnded && length === this.#pending.length && /[\ud800-\udbff]$/.test(this.#pending)) length -= 1;
    const piece = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    for (const block of this.#splitter.push(piece)) this.#close(block);
  }

  #end() {
    for (const block of this.#splitter.end()) this.#close(block);
    this.#open?.remove();
    this.#open = null;
    this.dataset.state = "finished";
    this.#resolve();
  }

  // A definition after its use could not be known when that block was finished, nor whether there is a use.
  #resolve() {
    if (!Object.keys(this.#links).length) return;
    this.#unused = unusedIn(this.#text, this.#links);
    for (const block of this.#blocks) if (block.text.includes("[")) this.#fill(block);
  }

  #close({ text, outline }) {
    const block = { text, outline, element: this.#openBlock() };
    this.#open = null;
    this.#blocks.push(block);
    block.element.classList.remove("block--open");
    this.#fill(block);
  }

  #openBlock() {
    if (!this.#open) this.append(this.#open = h("div", { class: "block block--open" }));
    return this.#open;
  }

  #fill(block) {
    try {
      if (isQuick(block)) return this.#put(block.element, render(block, this.#links, this.#unused), true);
    } catch {
      return showPlain(block, tryButton());
    }
    const isShown = block.element.hasChildNodes() && !block.element.matches(".block--plain");
    if (!isShown) showPlain(block);
    this.#fillApart(block, isShown ? openLimits : undefined);
  }

  async #fillApart(block, limits, failed = tryButton) {
    const links = { ...this.#links };
    let fragment;
    try {
      fragment = await renderApart(block, links, this.#unused, limits);
    } catch {
      if (this.#blocks.includes(block)) showPlain(block, failed());
      return;
    }
    if (!this.#blocks.includes(block)) return; // another text is shown by now
    this.#put(block.element, fragment, true);
    const news = Object.keys(links).filter((name) => !this.#links[name]);
    for (const name of news) this.#links[name] = links[name];
    if (news.length && this.#hasEnded) this.#resolve();
  }

  #try(button) {
    const block = this.#blocks.find(({ element }) => element.contains(button));
    if (!block) return;
    button.disabled = true;
    button.textContent = "Formatting…";
    this.#fillApart(block, patientLimits, () => h("p", { class: "note" }, "It is too much to be shown with its formatting."));
  }

  #preview() {
    const open = this.#splitter.open;
    if (!open.text.trim()) return;
    const element = this.#openBlock();
    if (!isQuick(open)) return this.#previewApart(element, open);
    const math = openMath(open.text);
    try {
      // What is half written defines nothing yet.
      const fragment = render({ ...open, text: closeTail(math ? math.before : open.text) }, { ...this.#links });
      if (math) fragment.append(h("span", { class: "math math--display", "data-state": "plain" }, math.tex));
      this.#put(element, fragment);
    } catch {
      showPlain({ element, text: open.text });
    }
  }

  // One at a time; after the first that took too long the block stays as it is written, until its end.
  async #previewApart(element, open) {
    if (element.dataset.preview === "running") return;
    if (element.dataset.preview === "plain") return showPlain({ element, text: open.text });
    element.dataset.preview = "running";
    try {
      const fragment = await renderApart({ ...open, text: closeTail(open.text) }, { ...this.#links }, undefined, openLimits);
      if (this.#open !== element) return; // it has been finished meanwhile
      this.#put(element, fragment);
      element.dataset.preview = "";
    } catch {
      if (this.#open !== element) return;
      element.dataset.preview = "plain";
    }
    if (!this.#hasEnded) this.#soon();
  }

  #put(element, fragment, isFinished = false) {
    dress(fragment);
    element.classList.remove("block--plain");
    morphChildren(element, fragment);
    typeset(element);
    if (!isFinished) return;
    delete element.dataset.preview;
    watchWidths(element);
    for (const code of element.querySelectorAll("figure.code code")) highlight(code, code.closest("figure").dataset.language);
  }
}

/** The text as it was written, and what can be done about that. */
function showPlain({ element, text }, action = "") {
  const fragment = document.createDocumentFragment();
  fragment.append(h("div", { class: "plain", dir: "auto" }, text.trimEnd()), action);
  element.classList.add("block--plain");
  morphChildren(element, fragment);
}

const tryButton = () => h("button", { type: "button", class: "button try" }, "Show it formatted");

/** Paper cannot be clicked: a link whose words are not its address gets it written behind it. */
function writeAddresses() {
  for (const link of document.querySelectorAll("markdown-text a[href^=http]")) {
    if (link.textContent.trim() !== link.href) link.dataset.address = link.getAttribute("href");
  }
}
window.addEventListener("beforeprint", writeAddresses);

customElements.define("markdown-text", MarkdownText);
