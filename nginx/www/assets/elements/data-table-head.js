import { h, icon } from "../lib/dom.js";

/** In px. */
const narrowest = 48;
const widest = 1200;
const nudged = 16;

/** How wide a column begins, in rem, by what it holds; text also gets room for a longer title. */
const usual = { text: 14, number: 8, date: 11, boolean: 6 };

const numbers = (() => { let last = 0; return () => (last += 1); })();

/** The head of a data table: the titles, the order of the rows, the widths of the columns. */
export class TableHead {
  row = h("div", { class: "head", role: "row", "aria-rowindex": 1 });
  #name = `data-table-${numbers()}`;
  #host;
  #on;
  #columns = [];
  #widths = [];
  #gutter = 0;

  /** @param {{order: (column: number) => void, widths: () => void, widest: (column: number) => number}} on */
  constructor(host, on) {
    [this.#host, this.#on] = [host, on];
    this.row.addEventListener("click", ({ target }) => {
      const cell = target.closest("[role=columnheader]");
      if (cell && !target.closest(".edge")) this.#on.order(this.#cells.indexOf(cell));
    });
    this.row.addEventListener("pointerdown", (event) => event.target.matches(".edge") && this.#drag(event));
    this.row.addEventListener("dblclick", ({ target }) => {
      const column = this.#cells.indexOf(target.closest("[role=columnheader]"));
      if (target.matches(".edge")) this.#resize(column, this.#on.widest(column));
    });
  }

  show(columns, count) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.#columns = columns;
    this.#gutter = Math.round(rem * (1.6 + 0.62 * String(count).length));
    this.#widths = columns.map(({ type = "text", title, width }) =>
      width ?? Math.round(rem * Math.max(usual[type], Math.min(20, 3 + 0.55 * title.length))));
    const corner = h("div", { class: "corner", role: "presentation" });
    this.row.replaceChildren(corner, ...columns.map(({ title, type = "text" }, place) => h("div", {
      class: `cell cell--${type}`, role: "columnheader", id: `${this.#name}-head-${place}`, "aria-colindex": place + 2, "aria-sort": "none", title,
    }, h("span", { class: "title", dir: "auto" }, title), icon("down"), h("i", { class: "edge", "aria-hidden": "true" }))));
  }

  get #cells() {
    return [...this.row.children].slice(1);
  }

  cell(column) {
    return this.row.children[column + 1] ?? null;
  }

  get template() {
    return [this.#gutter, ...this.#widths].map((width) => `${width}px`).join(" ");
  }

  get width() {
    return [this.#gutter, ...this.#widths].reduce((sum, width) => sum + width, 0);
  }

  /** Scrolls sideways as far as is needed to see a column beside the row numbers. */
  reveal(column, scroller) {
    const begin = this.#widths.slice(0, column).reduce((sum, width) => sum + width, 0);
    const end = begin + (this.#widths[column] ?? 0) + this.#gutter;
    const isLeftward = getComputedStyle(scroller).direction === "rtl" ? -1 : 1;
    const at = scroller.scrollLeft * isLeftward;
    if (begin < at) scroller.scrollLeft = begin * isLeftward;
    else if (end > at + scroller.clientWidth) scroller.scrollLeft = Math.min(begin, end - scroller.clientWidth) * isLeftward;
  }

  /** Marks the title that one is on. */
  mark({ row, column }) {
    this.#cells.forEach((cell, place) => cell.toggleAttribute("data-cursor", row < 0 && place === column));
  }

  markOrder(order) {
    this.#cells.forEach((cell, place) => {
      const isIt = order?.column === this.#columns[place];
      cell.setAttribute("aria-sort", !isIt ? "none" : order.isDescending ? "descending" : "ascending");
    });
  }

  /** Makes a column a step wider or narrower. @returns {boolean} whether there was such a step */
  nudge(column, step) {
    if (step) this.#resize(column, this.#widths[column] + step * nudged);
    return step !== 0;
  }

  #resize(column, width) {
    this.#widths[column] = Math.round(Math.max(narrowest, Math.min(width, widest)));
    this.#on.widths();
  }

  #drag(event) {
    const edge = event.target;
    const column = this.#cells.indexOf(edge.parentElement);
    const sign = getComputedStyle(this.#host).direction === "rtl" ? -1 : 1;
    const [from, width] = [event.clientX, this.#widths[column]];
    event.preventDefault();
    edge.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => this.#resize(column, width + (clientX - from) * sign);
    edge.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) {
      edge.addEventListener(name, () => edge.removeEventListener("pointermove", move), { once: true });
    }
  }
}
