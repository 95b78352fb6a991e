/**
 * Cuts Markdown that is still being written into blocks that are finished and one that is open.
 *
 * A finished block never changes again, whatever follows, so it is rendered once; only the open one is
 * rendered anew. Cut too late and more is rendered than needed; cut too early and a block is torn: in doubt
 * a block stays open.
 */
export class BlockSplitter {
  #lines = [];
  #partial = "";
  #mode = null;

  /**
   * @param {string} text the next piece
   * @returns {string[]} the blocks it finished
   */
  push(text) {
    const finished = [];
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop();
    for (const line of lines) this.#line(line, finished);
    if (this.#mode && isDecisive(this.#partial) && this.#startsAnew(this.#partial)) this.#cut(finished);
    return finished;
  }

  /** What is not finished yet. */
  get open() {
    return [...this.#lines, this.#partial].join("\n");
  }

  /** Nothing follows: what is open is finished too. */
  end() {
    const finished = [];
    this.#line(this.#partial, finished);
    this.#partial = "";
    if (this.#mode) this.#cut(finished);
    return finished;
  }

  #line(line, finished) {
    if (this.#mode && this.#startsAnew(line)) this.#cut(finished);
    if (!this.#mode) {
      if (!line.trim()) return;
      this.#mode = modeOf(line);
    }
    this.#lines.push(line);
    if (this.#mode.take(line)) this.#cut(finished);
  }

  // After a blank line comes either more of the same (a list item, indented code) or something new.
  #startsAnew(line) {
    return line.trim() !== "" && this.#lines.at(-1).trim() === "" && !this.#mode.goesOn(line);
  }

  #cut(finished) {
    finished.push(this.#lines.join("\n"));
    this.#lines = [];
    this.#mode = null;
  }
}

/** Whether the beginning of a line tells what the line will be: "1" and "-" may still become a list item. */
function isDecisive(partial) {
  return /\S/.test(partial) && !/^\s*([-*+]|\d{1,9}[.)]?)$/.test(partial);
}

/** All blocks of a complete text. */
export function blocksOf(text) {
  const splitter = new BlockSplitter();
  return [...splitter.push(text), ...splitter.end()];
}

/**
 * How a block that begins with `line` ends. `take` gets each of its lines, the first included, and says whether
 * the block is finished with it; `goesOn` says whether the first line after a blank one still belongs to it.
 */
function modeOf(line) {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line);
  if (fence) return fenceMode(fence[1]);
  if (/^ {0,3}#{1,6}(\s|$)/.test(line)) return { take: () => true, goesOn: () => false };
  if (/^ {0,3}\$\$/.test(line)) return pairMode("$$", "$$");
  if (/^ {0,3}\\\[/.test(line)) return pairMode("\\[", "\\]");
  if (/^ {0,3}([-*+]|\d{1,9}[.)])(\s|$)/.test(line) && !/^ {0,3}([-*_])( *\1){2,} *$/.test(line)) return listMode();
  if (/^(\t| {4})/.test(line)) return { take: () => false, goesOn: (next) => /^(\t| {4})/.test(next) };
  const tag = /^ {0,3}<(details|div|table|section|center|ul|ol|dl|figure)\b/i.exec(line);
  if (tag) return elementMode(tag[1]);
  return { take: () => false, goesOn: () => false };
}

function fenceMode(mark) {
  const closing = new RegExp(`^ {0,3}\\${mark[0]}{${mark.length},}\\s*$`);
  let first = true;
  return {
    take(line) {
      if (first) return void (first = false);
      return closing.test(line);
    },
    goesOn: () => true,
  };
}

/** Display mathematics: blank lines inside belong to it; it ends with the line that holds the closing mark. */
function pairMode(opening, closing) {
  let first = true;
  let open = true;
  return {
    take(line) {
      const text = first ? line.trimStart().slice(opening.length) : line;
      first = false;
      open &&= !text.includes(closing);
      return !open && line.trimEnd().endsWith(closing);
    },
    goesOn: () => open,
  };
}

/** A list goes on over blank lines with items and indented text. A fence inside it may hold blank lines. */
function listMode() {
  let fence = null;
  return {
    take(line) {
      const mark = /^\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})/.exec(line)?.[1];
      if (fence && mark?.startsWith(fence) && line.trim() === mark) fence = null;
      else if (!fence && mark) fence = mark;
      return false;
    },
    goesOn: (line) => fence !== null && /^\s/.test(line) || /^(\s{2,}|\t)\S?/.test(line) || /^ {0,3}([-*+]|\d{1,9}[.)])(\s|$)/.test(line),
  };
}

/** An HTML element that holds Markdown: it ends after its closing tag. */
function elementMode(name) {
  const opening = new RegExp(`<${name}\\b`, "gi");
  const closing = new RegExp(`</${name}\\s*>`, "gi");
  let depth = 0;
  return {
    take(line) {
      depth += (line.match(opening)?.length ?? 0) - (line.match(closing)?.length ?? 0);
      return false;
    },
    goesOn: () => depth > 0,
  };
}
