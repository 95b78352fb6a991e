import { h, styles } from "../lib/dom.js";

await styles(new URL("./tab-bar.css", import.meta.url));

const numbers = (() => { let last = 0; return () => (last += 1); })();

/**
 * <tab-bar label="…">: one of several panels is seen. Each child with `data-tab="Title"` is a panel; the bar of titles
 * comes before them. Tab comes to the chosen title only, left and right, Home and End choose
 * another. Fires `tab-change` with the panel; `chosen` is the panel, and may be set.
 */
export class TabBar extends HTMLElement {
  #bar = h("div", { class: "tabs", role: "tablist" });
  #panels = [];
  #tabs = [];

  connectedCallback() {
    if (this.#tabs.length) return;
    const name = `tabs-${numbers()}`;
    this.#panels = [...this.children].filter((child) => child.dataset.tab);
    this.#tabs = this.#panels.map((panel, place) => {
      panel.id ||= `${name}-panel-${place}`;
      const tab = h("button", { type: "button", role: "tab", id: `${name}-${place}`, "aria-controls": panel.id, dir: "auto" }, panel.dataset.tab);
      tab.addEventListener("click", () => this.#choose(place));
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      return tab;
    });
    this.#bar.append(...this.#tabs);
    this.#bar.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.#bar.addEventListener("keydown", (event) => this.#key(event));
    this.prepend(this.#bar);
    this.#show(Math.max(0, this.#panels.findIndex((panel) => panel.dataset.chosen !== undefined)));
  }

  /** @returns {HTMLElement} the panel that is seen */
  get chosen() {
    return this.#panels.find((panel) => !panel.hidden);
  }

  set chosen(panel) {
    if (this.#panels.includes(panel)) this.#show(this.#panels.indexOf(panel));
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const at = this.#tabs.indexOf(document.activeElement);
    const onward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const count = this.#tabs.length;
    const to = { ArrowRight: at + onward, ArrowLeft: at - onward, Home: 0, End: count - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    this.#choose((to + count) % count);
  }

  #choose(place) {
    const isOther = this.chosen !== this.#panels[place];
    this.#show(place);
    this.#tabs[place].focus();
    if (isOther) this.dispatchEvent(new CustomEvent("tab-change", { bubbles: true, detail: this.#panels[place] }));
  }

  #show(place) {
    this.#panels.forEach((panel, each) => {
      const isChosen = each === place;
      panel.hidden = !isChosen;
      // A panel without anything to operate is gone to itself.
      if (isChosen && !panel.querySelector("a[href], button, input, select, textarea, [tabindex]")) panel.tabIndex = 0;
      this.#tabs[each].setAttribute("aria-selected", String(isChosen));
      this.#tabs[each].tabIndex = isChosen ? 0 : -1;
    });
    const tab = this.#tabs[place];
    if (tab && this.#bar.scrollWidth > this.#bar.clientWidth) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

customElements.define("tab-bar", TabBar);
