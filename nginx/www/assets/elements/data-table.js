import { copyText } from "../lib/copy-text.js";
import { emptyState, h, icon, iconButton, styles, textButton } from "../lib/dom.js";
import { locale } from "../lib/locale.js";
import { TableRows } from "../lib/table-rows.js";
import { TableScroll } from "../lib/table-scroll.js";
import { TableSelection } from "../lib/table-selection.js";
import { formatter, html, tsv } from "../lib/table-values.js";
import { TableBody } from "./data-table-body.js";
import { TableHead } from "./data-table-head.js";
import { onPointing } from "./data-table-pointing.js";
import { showWhole } from "./whole-value.js";

await styles(new URL("./data-table.css", import.meta.url));

/** More would keep the browser busy for seconds, and few programs take it. */
const mostCopied = 1_000_000;

/** Its own words; `table.words` replaces some or all. */
const english = {
  rows: (count, shown) => `${shown} ${count === 1 ? "row" : "rows"}`,
  chosen: (rows, columns) => `${rows} × ${columns} cells`,
  copy: "Copy",
  copying: "Fetching rows to copy…",
  tooMany: (most, all) => `${most} cells can be copied at a time; ${all} are chosen.`,
  failed: (why) => `Some rows could not be loaded. ${why}`,
  again: "Try again",
  empty: "No rows",
  close: "Close",
  true: "true",
  false: "false",
};

/**
 * <data-table label="…">: rows and columns as in a spreadsheet, up to a million rows and more.
 *
 * Arrows, Page, Home and End move (with Ctrl to the edge), Shift chooses, Ctrl A takes all, Ctrl or Shift with Space a
 * column or a row, Ctrl C copies; Enter shows a cell whole, and in the head puts the rows in order; Alt Shift with the
 * left or right arrow makes a column narrower or wider. Fires `data-table-order` with the order.
 */
export class DataTable extends HTMLElement {
  words = english;
  #columns = [];
  #rows = new TableRows({});
  #scroll = new TableScroll();
  #selection = new TableSelection();
  #head = new TableHead(this, {
    order: (column) => this.#order(column), widths: () => this.#fit(), widest: (column) => this.#body.widest(column),
  });
  #body = new TableBody(this);
  #canvas = h("div", { class: "canvas", role: "presentation" }, this.#body.layer);
  #grid = h("div", { class: "grid", role: "grid", tabindex: 0, "aria-multiselectable": "true" }, this.#head.row, this.#canvas);
  #count = h("span", { class: "count" });
  #chosen = h("span", { class: "chosen", role: "status" });
  #fault = h("div", { class: "notice", role: "alert", hidden: true });
  #copyButton = h("button", { type: "button", class: "button", onclick: () => this.copy() });
  #foot = h("footer", {}, this.#count, this.#chosen, this.#copyButton);
  #empty = h("div", { class: "nothing" });
  #drawing = null;
  #settling = null;
  #resizing = new ResizeObserver(() => this.#fit());

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
    this.#grid.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.#resizing.observe(this.#grid);
    this.#fit();
  }

  disconnectedCallback() {
    this.#resizing.disconnect();
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#settling);
    this.#drawing = null;
    this.#rows.forget();
  }

  /**
   * @param {{columns: import("../lib/table-values.js").Column[], rows?: unknown[],
   *   source?: import("../lib/table-rows.js").Source}} what
   */
  show({ columns, rows, source }) {
    this.words = { ...english, ...this.words };
    this.#rows.forget();
    const mine = this.#rows = new TableRows({ rows, source, locale: locale() });
    this.#rows.addEventListener("change", () => mine === this.#rows && this.#changed());
    this.#rows.addEventListener("failure", ({ detail }) => mine === this.#rows && this.#failed(detail));
    this.#columns = columns.map((column) => ({ ...column, show: formatter(column, locale(), this.words) }));
    this.#selection = new TableSelection();
    this.#scroll = new TableScroll();
    this.#head.show(this.#columns, this.#rows.count);
    this.#body.show(this.#columns, (place) => this.#rows.at(place), this.words);
    this.#fault.hidden = true;
    this.#changed();
    this.#grid.scrollTo(0, 0);
  }

  /** Another number of rows, of the same source or array. */
  refresh() {
    this.#changed();
  }

  focus() {
    this.#grid.focus();
  }

  /** Copies what is chosen, as text with tabs and as a table. */
  async copy() {
    const { range } = this.#selection;
    if (!range) return;
    const columns = this.#columns.slice(range.left, range.right + 1);
    const cells = (range.bottom - range.top + 1) * columns.length;
    const number = new Intl.NumberFormat(locale());
    if (cells > mostCopied) return this.#say(this.words.tooMany(number.format(mostCopied), number.format(cells)));
    try {
      this.#say(this.words.copying);
      const rows = await this.#rows.take(range.top, range.bottom);
      await copyText(tsv(rows, columns), html(rows, columns, range.bottom > range.top));
      this.#tell();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.#tell();
      this.#failed(problem);
    }
  }

  #build() {
    this.#copyButton.append(icon("copy"), this.words.copy ?? english.copy);
    this.append(this.#grid, this.#empty, this.#fault, this.#foot);
    this.#grid.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
    this.#grid.addEventListener("copy", (event) => { event.preventDefault(); this.copy(); });
    onPointing(this.#grid, {
      cell: (row, column, isLonger) => this.#go(() => this.#selection.to(row, column, { extends: isLonger })),
      row: (row, isLonger) => this.#go(() => this.#selection.toRow(row, { extends: isLonger })),
      all: () => this.#go(() => this.#selection.all(), { reveals: false }),
      whole: () => this.#whole(),
      isCursor: (row, column) => this.#selection.cursor.row === row && this.#selection.cursor.column === column,
    });
  }

  #changed() {
    const { count } = this.#rows;
    this.#selection.resize(count, this.#columns.length);
    this.#grid.setAttribute("aria-rowcount", count + 1);
    this.#grid.setAttribute("aria-colcount", this.#columns.length + 1);
    this.#empty.hidden = count > 0;
    this.#empty.replaceChildren(emptyState({ text: this.words.empty }));
    this.#count.textContent = this.words.rows(count, new Intl.NumberFormat(locale()).format(count));
    this.#fit();
    this.#tell();
  }

  // The size of what is seen, of a row, or of all of them has changed.
  #fit() {
    if (!this.isConnected) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const rowHeight = Math.round(rem * (matchMedia("(pointer: coarse)").matches ? 2.95 : 2.2));
    this.style.setProperty("--row", `${rowHeight}px`);
    this.style.setProperty("--columns", this.#head.template);
    const view = this.#grid.clientHeight - rowHeight;
    const at = this.#scroll.resize({ count: this.#rows.count, rowHeight, view });
    this.#canvas.style.height = `${this.#scroll.height}px`;
    this.#canvas.style.width = `${this.#head.width}px`;
    this.#grid.scrollTop = at;
    this.#draw();
  }

  #scrolled() {
    this.#scroll.scrolled(this.#grid.scrollTop);
    this.#drawing ??= requestAnimationFrame(() => { this.#drawing = null; this.#draw(); });
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => { this.#grid.scrollTop = this.#scroll.settle(); this.#draw(); }, 200);
  }

  #draw() {
    this.#body.draw(this.#scroll.rows, this.#selection);
    this.#head.mark(this.#selection.cursor);
    const cursor = this.#cursorCell;
    if (cursor) this.#grid.setAttribute("aria-activedescendant", cursor.id);
    else this.#grid.removeAttribute("aria-activedescendant");
  }

  get #cursorCell() {
    const { row, column } = this.#selection.cursor;
    return row < 0 ? this.#head.cell(column) : this.#body.cell(row, column);
  }

  /** Goes or chooses, brings where one is into sight, and says how much is chosen. */
  #go(move, { reveals = true } = {}) {
    move();
    const { row, column } = this.#selection.cursor;
    if (reveals && row >= 0) this.#grid.scrollTop = this.#scroll.reveal(row);
    if (reveals) this.#head.reveal(column, this.#grid);
    this.#draw();
    this.#tell();
  }

  #key(event) {
    if (event.target !== this.#grid) return;
    const { key, shiftKey: shift, altKey } = event;
    const command = event.ctrlKey || event.metaKey;
    const { row, column } = this.#selection.cursor;
    const isOrdering = row < 0 && (key === "Enter" || key === " ") && !command && !shift;
    let isTaken = true;
    if (altKey) {
      isTaken = shift && this.#head.nudge(column, { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0);
    } else if (isOrdering) this.#order(column);
    else if ((key === "Enter" || key === "F2" || key === " ") && !command && !shift) this.#whole();
    else if (key === "Escape" && this.#isMany) this.#go(() => this.#selection.to(row, column));
    else {
      const reveals = !(key === " " || key.toLowerCase() === "a");
      const press = { key, shift, command, page: this.#scroll.rowsSeen };
      isTaken = this.#selection.press(press);
      if (isTaken) this.#go(() => {}, { reveals });
    }
    if (isTaken) event.preventDefault();
  }

  #order(column) {
    const { order } = this.#rows;
    const isSame = order?.column === this.#columns[column];
    const next = isSame && order.isDescending ? null : { column: this.#columns[column], isDescending: isSame };
    this.#grid.dataset.state = "ordering";
    this.#rows.sort(next);
    delete this.#grid.dataset.state;
    this.#head.markOrder(next);
    this.dispatchEvent(new CustomEvent("data-table-order", { bubbles: true, detail: next }));
  }

  #whole() {
    const { row, column } = this.#selection.cursor;
    const cell = this.#body.cell(row, column);
    const values = row >= 0 ? this.#rows.at(row) : undefined;
    if (!cell || !values) return;
    showWhole(cell, { title: this.#columns[column].title, value: values[this.#columns[column].key], words: this.words, back: this.#grid });
  }

  get #isMany() {
    const { rows, columns } = this.#selection.size;
    return rows * columns > 1;
  }

  #tell() {
    const { rows, columns } = this.#selection.size;
    const number = new Intl.NumberFormat(locale());
    this.#say(this.#isMany ? this.words.chosen(number.format(rows), number.format(columns)) : "");
    this.#copyButton.hidden = !this.#isMany && !matchMedia("(pointer: coarse)").matches;
  }

  #say(text) {
    if (this.#chosen.textContent !== text) this.#chosen.textContent = text;
  }

  #failed(problem) {
    this.#fault.replaceChildren(icon("warn"), h("p", {}, this.words.failed(problem.message)), h("div", { class: "actions" },
      textButton(this.words.again, () => { this.#fault.hidden = true; this.focus(); this.#rows.retry(); }),
      iconButton("close", this.words.close, { onclick: () => { this.#fault.hidden = true; this.focus(); } })));
    this.#fault.hidden = false;
  }
}

customElements.define("data-table", DataTable);
