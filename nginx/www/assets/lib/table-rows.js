import { sortedPlaces } from "./table-values.js";

/** How many rows are asked for at a time, and how many such pages are kept. */
const pageSize = 200;
const mostPages = 100;

/**
 * The rows of a table in the order wanted: an array, or a source that is asked for pages as they are needed.
 * Fires `change` when rows have come, `failure` with the problem when a page has not.
 * @typedef {{column: import("./table-values.js").Column, isDescending: boolean}|null} Order
 * @typedef {{count: number, load: (from: number, to: number, options: {order: Order, signal: AbortSignal}) =>
 *   Promise<unknown[]>}} Source `to` is not included
 */
export class TableRows extends EventTarget {
  /** @type {Order} */
  order = null;
  #array;
  #source;
  #locale;
  #places = null;
  /** By number: the rows, or the promise of them. What has been here longest goes first. */
  #pages = new Map();
  #failed = new Set();
  #ending = new AbortController();

  /** @param {{rows?: unknown[], source?: Source, locale?: string}} options */
  constructor({ rows = [], source, locale }) {
    super();
    [this.#array, this.#source, this.#locale] = [rows, source, locale];
  }

  get count() {
    return this.#source?.count ?? this.#array.length;
  }

  /** A row; undefined while it is not here, and then it is asked for. */
  at(place) {
    if (!this.#source) return this.#array[this.#places ? this.#places[place] : place];
    const number = Math.floor(place / pageSize);
    const page = this.#pages.get(number);
    if (!page) this.#ask(number);
    return Array.isArray(page) ? page[place % pageSize] : undefined;
  }

  /** Puts the rows in another order; null is the one in which they came. @param {Order} order */
  sort(order) {
    this.order = order;
    if (this.#source) this.forget();
    else this.#places = order && sortedPlaces(this.#array, order.column, order.isDescending, this.#locale);
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Rows from one place to another, the last included, once all of them are here.
   * @throws what the source says when a page does not come
   */
  async take(first, last) {
    if (!this.#source) return Array.from({ length: last - first + 1 }, (_, step) => this.at(first + step));
    const rows = [];
    for (let number = Math.floor(first / pageSize); number * pageSize <= last; number += 1) {
      const page = await (this.#pages.get(number) ?? this.#load(number));
      const begin = number * pageSize;
      rows.push(...page.slice(Math.max(0, first - begin), last + 1 - begin));
    }
    return rows;
  }

  /** Asks again for what has not come. */
  retry() {
    this.#failed.clear();
    this.dispatchEvent(new Event("change"));
  }

  /** Lets go of what has been asked for. */
  forget() {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#pages.clear();
    this.#failed.clear();
  }

  #ask(number) {
    if (this.#failed.has(number)) return;
    const { signal } = this.#ending;
    this.#load(number).then(
      () => signal.aborted || this.dispatchEvent(new Event("change")),
      (problem) => {
        if (signal.aborted) return;
        this.#failed.add(number);
        this.dispatchEvent(new CustomEvent("failure", { detail: problem }));
      },
    );
  }

  async #load(number) {
    const { signal } = this.#ending;
    const from = number * pageSize;
    const to = Math.min(from + pageSize, this.count);
    const loading = this.#source.load(from, to, { order: this.order, signal });
    this.#pages.set(number, loading);
    try {
      const page = await loading;
      if (!signal.aborted) this.#keep(number, page);
      return page;
    } catch (problem) {
      if (!signal.aborted) this.#pages.delete(number);
      throw problem;
    }
  }

  #keep(number, page) {
    this.#pages.delete(number);
    this.#pages.set(number, page);
    for (const [oldest, kept] of this.#pages) {
      if (this.#pages.size <= mostPages) break;
      if (Array.isArray(kept) && oldest !== number) this.#pages.delete(oldest);
    }
  }
}
