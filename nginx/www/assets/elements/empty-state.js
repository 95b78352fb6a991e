import { h, icon } from "../lib/dom.js";

/**
 * <empty-state icon="search" heading="…" text="…">: what a place with nothing in it is for, or why it could not be
 * shown, and the first step. Children are the steps: buttons and links. `level` is the heading's, 2 unless said.
 */
export class EmptyState extends HTMLElement {
  static observedAttributes = ["icon", "heading", "text", "level"];
  #steps = null;

  connectedCallback() {
    this.classList.add("blank");
    if (this.#steps) return;
    this.#steps = h("div", { class: "actions" }, [...this.childNodes]);
    this.#show();
  }

  attributeChangedCallback() {
    if (this.#steps) this.#show();
  }

  /** Where the focus may be put when the place is opened. */
  get title() {
    return this.querySelector(":scope > :is(h1, h2, h3)");
  }

  #show() {
    const [name, heading, text] = ["icon", "heading", "text"].map((each) => this.getAttribute(each));
    this.replaceChildren(...[
      name && icon(name),
      heading && h(`h${this.getAttribute("level") ?? 2}`, { tabindex: -1, dir: "auto" }, heading),
      text && h("p", { dir: "auto" }, text),
      this.#steps.childNodes.length ? this.#steps : null,
    ].filter(Boolean));
  }
}

customElements.define("empty-state", EmptyState);
