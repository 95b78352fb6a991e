import { h, styles } from "../lib/dom.js";

await styles(new URL("./progress-line.css", import.meta.url));

/**
 * <progress-line label="…" value="0.4">: how far something is, from 0 to 1; without a value it only goes on. `text`
 * stands below it. A screen reader reads it where it is, and is not told of each step: the end is announced by whom
 * it belongs to.
 */
export class ProgressLine extends HTMLElement {
  static observedAttributes = ["label", "value", "text"];
  #bar = h("progress", { max: 1 });
  #text = h("p", { dir: "auto" });

  connectedCallback() {
    if (!this.hasChildNodes()) this.append(this.#bar, this.#text);
    this.#show();
  }

  attributeChangedCallback() {
    this.#show();
  }

  /** @param {number|null} share null is not known */
  set value(share) {
    if (share === null) this.removeAttribute("value");
    else this.setAttribute("value", share);
  }

  #show() {
    const value = this.getAttribute("value");
    const share = Number(value);
    this.#bar.setAttribute("aria-label", this.getAttribute("label") ?? "");
    if (value === null || !Number.isFinite(share)) this.#bar.removeAttribute("value");
    else this.#bar.value = Math.max(0, Math.min(share, 1));
    this.#text.textContent = this.getAttribute("text") ?? "";
    this.#text.hidden = !this.#text.textContent;
  }
}

customElements.define("progress-line", ProgressLine);
