import { h } from "../lib/dom.js";
import { count } from "../lib/format.js";

/** <context-gauge>: how much of what a model can read the conversation takes. */
export class ContextGauge extends HTMLElement {
  /** @param {number|null} used tokens @param {number|null} limit tokens; hidden where either is not known */
  show(used, limit) {
    this.hidden = !used || !limit;
    if (this.hidden) return;
    this.title = `The conversation takes ${count(used)} tokens of the ${count(limit)} this model can read.`;
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
          "aria-valuenow": used,
        },
        bar,
      ),
      h("span", {}, `${count(used)} of ${count(limit)}`));
  }
}

customElements.define("context-gauge", ContextGauge);
