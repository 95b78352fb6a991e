import { h } from "../lib/dom.js";
import { count, grouped } from "../lib/format.js";

/** <context-gauge>: how much of what a model can read the conversation takes. */
export class ContextGauge extends HTMLElement {
  /** @param {number|null} used tokens @param {number|null} limit tokens; hidden where either is not known */
  show(used, limit) {
    this.hidden = !used || !limit;
    if (this.hidden) return;
    const words = `The conversation takes ${grouped(used)} of the ${grouped(limit)} tokens this model can read.`;
    this.title = words;
    const bar = h("i");
    bar.style.inlineSize = `${Math.min(100, (used / limit) * 100)}%`;
    this.replaceChildren(
      h(
        "span",
        {
          class: "bar",
          role: "meter",
          "aria-label": "Context used",
          "aria-valuemin": 0,
          "aria-valuemax": limit,
          "aria-valuenow": Math.min(used, limit),
          "aria-valuetext": words,
        },
        bar,
      ),
      h("span", {}, `${count(used)} of ${count(limit)} tokens`));
  }
}

customElements.define("context-gauge", ContextGauge);
