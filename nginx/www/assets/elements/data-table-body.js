import { h } from "../lib/dom.js";
import { locale } from "../lib/locale.js";
import { isNull } from "../lib/table-values.js";

/** No cell shows more of a long value; the whole is shown on demand. */
const longest = 300;

/** The rows of a data table that are there: as many as are seen and a few more, used again and again. */
export class TableBody {
  layer = h("div", { class: "rows", role: "presentation" });
  #grip = h("i", { class: "grip", "aria-hidden": "true" });
  #host;
  #name;
  #columns = [];
  #at = () => undefined;
  #words = {};
  #number = new Intl.NumberFormat("en");
  /** By place: the element, and the row that it shows. @type {Map<number, {element: HTMLElement, values: unknown}>} */
  #shown = new Map();

  constructor(host) {
    this.#host = host;
    this.#name = `data-table-${crypto.randomUUID().slice(0, 8)}`;
  }

  /** @param {(place: number) => unknown} at a row, or undefined while it is not here */
  show(columns, at, words) {
    [this.#columns, this.#at, this.#words] = [columns, at, words];
    this.#number = new Intl.NumberFormat(locale());
    this.#shown.clear();
    this.layer.replaceChildren();
  }

  cell(row, column) {
    return this.#shown.get(row)?.element.children[column + 1] ?? null;
  }

  /** How wide a column has to be for what is there of it, in px. */
  widest(column) {
    const cells = [...this.#shown.keys()].map((row) => this.cell(row, column));
    const cell = cells[0];
    if (!cell) return 0;
    const { paddingInlineStart, paddingInlineEnd } = getComputedStyle(cell);
    const measure = document.createRange();
    const texts = [...cells, this.#host.querySelector(".head").children[column + 1].querySelector(".title")].map((element) => {
      measure.selectNodeContents(element);
      return measure.getBoundingClientRect().width;
    });
    return Math.max(...texts) + parseFloat(paddingInlineStart) + parseFloat(paddingInlineEnd) + 24;
  }

  /**
   * @param {{first: number, last: number, offset: number}} rows
   * @param {import("../lib/table-selection.js").TableSelection} selection
   */
  draw({ first, last, offset }, selection) {
    const idle = [];
    for (const [place, { element }] of this.#shown) {
      if (place >= first && place < last) continue;
      idle.push(element);
      this.#shown.delete(place);
    }
    for (let place = first; place < last; place += 1) {
      const slot = this.#shown.get(place) ?? { element: idle.pop() ?? this.#make(), values: null };
      const values = this.#at(place);
      if (slot.values !== values || slot.values === null || slot.element.dataset.place !== String(place)) this.#fill(slot, place, values);
      this.#shown.set(place, slot);
      const here = this.layer.children[place - first];
      if (here !== slot.element) this.layer.insertBefore(slot.element, here ?? null);
      this.#mark(slot.element, place, selection);
    }
    for (const element of idle) element.remove();
    this.layer.style.transform = `translateY(${offset}px)`;
    this.#placeGrip(selection);
  }

  #make() {
    return h("div", { class: "row", role: "row" }, h("div", { class: "number", role: "rowheader", "aria-colindex": 1 }),
      this.#columns.map(({ type = "text" }, column) =>
        h("div", { class: `cell cell--${type}`, role: "gridcell", "aria-colindex": column + 2, dir: "auto" })));
  }

  #fill(slot, place, values) {
    const { element } = slot;
    slot.values = values ?? null;
    element.dataset.place = place;
    element.setAttribute("aria-rowindex", place + 2);
    element.toggleAttribute("data-loading", values === undefined);
    if (values === undefined) element.setAttribute("aria-busy", "true");
    else element.removeAttribute("aria-busy");
    element.firstChild.textContent = this.#number.format(place + 1);
    this.#columns.forEach((column, number) => {
      const cell = element.children[number + 1];
      const value = values?.[column.key];
      const isMissing = values !== undefined && isNull(value);
      cell.id = `${this.#name}-${place}-${number}`;
      cell.toggleAttribute("data-null", isMissing);
      cell.textContent = isMissing ? "NULL" : values === undefined ? "" : cut(column.show(value));
    });
  }

  #mark(element, place, selection) {
    const { cursor } = selection;
    for (let column = 0; column < this.#columns.length; column += 1) {
      const cell = element.children[column + 1];
      const isChosen = String(selection.has(place, column));
      if (cell.getAttribute("aria-selected") !== isChosen) cell.setAttribute("aria-selected", isChosen);
      cell.toggleAttribute("data-cursor", cursor.row === place && cursor.column === column);
    }
  }

  // A finger that draws over cells scrolls: what is chosen gets a corner to pull at.
  #placeGrip({ cursor }) {
    const cell = this.cell(cursor.row, cursor.column);
    if (!cell) this.#grip.remove();
    else if (this.#grip.parentElement !== cell) cell.append(this.#grip);
  }
}

/** A row is one line: breaks are shown, and what is too long is cut. */
function cut(text) {
  const part = text.length > longest ? `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…` : text;
  return part.replace(/\r\n?|\n/g, " ↵ ");
}
