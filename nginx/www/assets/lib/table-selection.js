/**
 * Where one is in a table and what is chosen, by the keys of a spreadsheet. Rows and columns count from 0; row -1 is
 * the head, which is gone to but never chosen.
 */
export class TableSelection {
  /** Where the choice began, and where one is. */
  anchor = { row: 0, column: 0 };
  cursor = { row: 0, column: 0 };
  /** Whether it reaches over all rows, or all columns, wherever one is. */
  #allRows = false;
  #allColumns = false;
  #rows = 0;
  #columns = 0;

  resize(rows, columns) {
    [this.#rows, this.#columns] = [rows, columns];
    this.anchor = this.#within(this.anchor);
    this.cursor = this.#within(this.cursor);
  }

  /** What is chosen, all four included; null in the head and in an empty table. */
  get range() {
    const { anchor: a, cursor: c } = this;
    if (!this.#rows || !this.#columns || (c.row < 0 && !this.#allRows)) return null;
    return {
      top: this.#allRows ? 0 : Math.max(0, Math.min(a.row, c.row)),
      bottom: this.#allRows ? this.#rows - 1 : Math.max(a.row, c.row),
      left: this.#allColumns ? 0 : Math.min(a.column, c.column),
      right: this.#allColumns ? this.#columns - 1 : Math.max(a.column, c.column),
    };
  }

  get size() {
    const range = this.range;
    return range ? { rows: range.bottom - range.top + 1, columns: range.right - range.left + 1 } : { rows: 0, columns: 0 };
  }

  has(row, column) {
    const range = this.range;
    return range !== null && row >= range.top && row <= range.bottom && column >= range.left && column <= range.right;
  }

  /** Goes to a cell; `extends` keeps where the choice began. */
  to(row, column, { extends: isLonger = false } = {}) {
    this.cursor = this.#within({ row, column });
    if (isLonger) {
      this.cursor.row = Math.max(0, this.cursor.row);
      this.anchor.row = Math.max(0, this.anchor.row);
      return;
    }
    this.anchor = { ...this.cursor };
    this.#allRows = this.#allColumns = false;
  }

  /** A whole row, as by a click on its number. */
  toRow(row, options) {
    this.to(row, this.cursor.column, options);
    this.#allColumns = true;
    this.#allRows = false;
  }

  all() {
    this.#allRows = this.#allColumns = true;
  }

  /**
   * What a key does.
   * @param {{key: string, shift: boolean, command: boolean, page: number}} press `command`: Ctrl or ⌘; `page`: rows seen
   * @returns {boolean} whether it meant anything
   */
  press({ key, shift, command, page }) {
    const { row, column } = this.cursor;
    if (key === " " && (shift || command)) {
      this.anchor.row = Math.max(0, this.anchor.row);
      this.cursor.row = Math.max(0, row);
      if (shift) this.#allColumns = true;
      if (command) this.#allRows = true;
    } else if (key.toLowerCase() === "a" && command && !shift) this.all();
    else {
      const [to, at] = this.#target({ key, command, page, row, column });
      if (to === undefined) return false;
      const isHead = to < 0 && !shift;
      this.to(isHead ? -1 : Math.max(0, to), at, { extends: shift });
    }
    return true;
  }

  #target({ key, command, page, row, column }) {
    const [bottom, end] = [this.#rows - 1, this.#columns - 1];
    switch (key) {
      // From the first row on up is the head; to the edge is the edge of the cells first.
      case "ArrowUp": return [command ? (row > 0 ? 0 : -1) : row - 1, column];
      case "ArrowDown": return [command ? bottom : row + 1, column];
      case "ArrowLeft": return [row, command ? 0 : column - 1];
      case "ArrowRight": return [row, command ? end : column + 1];
      case "PageUp": return [row < 0 ? row : Math.max(0, row - page), column];
      case "PageDown": return [row + page, column];
      case "Home": return [command ? 0 : row, 0];
      case "End": return [command ? bottom : row, end];
      default: return [];
    }
  }

  #within({ row, column }) {
    const clamp = (value, least, count) => Math.max(least, Math.min(value, count - 1));
    return { row: clamp(row, -1, this.#rows), column: Math.max(0, clamp(column, 0, this.#columns)) };
  }
}
