/**
 * Which rows of a long table are seen. Browsers cut an element at 33,554,400 px (Chromium, Safari) or 17,895,697 px
 * (Firefox), so that a million rows do not fit: past `tallest` the bar stands for more than it is high. Then small
 * steps, of a wheel or a finger, still move the rows by as much as was scrolled, and large ones, of the bar, by
 * their share of the whole.
 */

/** In px; well below what any browser cuts. */
export const tallest = 15_000_000;

/** Rows beyond the edges that are there before they are seen. */
const spare = 6;

export class TableScroll {
  /** The px of the table above what is seen. */
  top = 0;
  #count = 0;
  #rowHeight = 1;
  #view = 0;
  /** Where the bar was when `top` was last found. */
  #at = 0;

  /** @param {{count?: number, rowHeight?: number, view?: number}} size `view`: px of rows that are seen */
  resize({ count = this.#count, rowHeight = this.#rowHeight, view = this.#view }) {
    const row = this.top / this.#rowHeight; // what was on top stays there
    [this.#count, this.#rowHeight, this.#view] = [count, rowHeight, view];
    return this.toTop(row * rowHeight);
  }

  /** How high the element that scrolls is to be, in px. */
  get height() {
    return Math.min(this.#full, tallest);
  }

  /** How many whole rows are seen, at least one. */
  get rowsSeen() {
    return Math.max(1, Math.floor(this.#view / this.#rowHeight));
  }

  /** The rows to be there, `last` not included, and where the first of them begins, in px of the scrolling element. */
  get rows() {
    const first = Math.max(0, Math.floor(this.top / this.#rowHeight) - spare);
    const last = Math.min(this.#count, Math.ceil((this.top + this.#view) / this.#rowHeight) + spare);
    return { first, last, offset: this.#at + first * this.#rowHeight - this.top };
  }

  /** The bar was moved. @param {number} at its place, in px */
  scrolled(at) {
    const step = at - this.#at;
    this.#at = at;
    if (Math.abs(step) < 1) return; // browsers round the place that they are given
    const isSmall = Math.abs(step) < 2 * this.#view && at > 0 && at < this.height - this.#view;
    this.top = isSmall && this.height < this.#full ? this.#within(this.top + step) : this.#within(at / this.#share);
  }

  /** @returns {number} where the bar has to be for this place */
  toTop(top) {
    this.top = this.#within(top);
    return this.settle();
  }

  /** Moves no more than is needed to see the whole row. @returns {number} where the bar has to be */
  reveal(row) {
    const begin = row * this.#rowHeight;
    const end = begin + this.#rowHeight - this.#view;
    return this.toTop(begin < this.top ? begin : Math.max(this.top, end));
  }

  /** Once nothing moves any more: where the bar belongs, after small steps have led away from it. */
  settle() {
    this.#at = this.top * this.#share;
    return this.#at;
  }

  get #full() {
    return this.#count * this.#rowHeight;
  }

  /** How far the bar goes for a px of rows: 1 where the whole table fits. */
  get #share() {
    const most = this.#full - this.#view;
    return most > 0 ? (this.height - this.#view) / most : 1;
  }

  #within(top) {
    return Math.max(0, Math.min(top, this.#full - this.#view));
  }
}
