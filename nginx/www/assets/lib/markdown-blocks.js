import { levelBelow, parser } from "./markdown-parser.js";

/** A text longer than this is looked at again only when it has grown by a quarter. */
const quickCharacters = 8192;

/**
 * Cuts Markdown that is still being written into blocks that are finished and one that is open.
 *
 * The parser itself says where blocks begin. A line that is complete is never read differently later, so all blocks
 * but the last are finished: they are rendered once, whatever follows. What could still become something else stays
 * open (mathematics before its closing mark; a definition right before a line that may be its title).
 *
 * A block is `{text, outline}`; `outline` is what `levelBelow` needs for its headings.
 */
export class BlockSplitter {
  #tail = "";
  #triedLength = 0;
  #outline = [];

  /**
   * @param {string} text the next piece
   * @returns {{text: string, outline: number[]}[]} the blocks it finished
   */
  push(text) {
    this.#tail = (this.#tail + text).replace(/\r\n|\r(?!$)/g, "\n");
    const complete = this.#tail.lastIndexOf("\n") + 1;
    const partial = this.#tail.slice(complete);
    const length = isBlankLineBefore(this.#tail, complete) && isDecisive(partial) ? this.#tail.length : complete;
    const grown = this.#triedLength > quickCharacters ? this.#triedLength * 1.25 : this.#triedLength;
    return length > grown ? this.#cut(length, false) : [];
  }

  /** What is not finished yet. */
  get open() {
    return { text: this.#tail, outline: [...this.#outline] };
  }

  /** Nothing follows: what is open is finished too. */
  end() {
    this.#tail = this.#tail.replace(/\r$/, "\n");
    return this.#cut(this.#tail.length, true);
  }

  #cut(length, isAll) {
    const { starts, levels, isClosed } = structure(this.#tail.slice(0, length), isAll);
    const ends = [...starts.slice(1), length];
    if (!isAll && !isClosed) { starts.pop(); ends.pop(); }
    const finished = starts.map((start, at) => this.#block(this.#tail.slice(start, ends[at]), levels[at]));
    if (isAll) this.#tail = "";
    else if (ends.length) this.#tail = this.#tail.slice(ends.at(-1));
    this.#triedLength = ends.length ? 0 : length;
    return finished;
  }

  #block(text, levels) {
    const outline = [...this.#outline];
    for (const level of levels) levelBelow(this.#outline, level);
    return { text, outline };
  }
}

/**
 * Where the blocks of a text begin that can be told apart for good, the levels of the headings in each, and whether
 * the last one ends by itself.
 */
function structure(text, isAll) {
  const env = { references: {} };
  const tokens = [];
  parser.block.parse(text, parser, env, tokens);
  const undecided = isAll ? Infinity : env.undecided ?? Infinity;
  const lines = lineStarts(text);
  const starts = [];
  const levels = [];
  let last = null;
  let mayBeTitle = false;
  for (const token of tokens) {
    if (token.level !== 0 || token.nesting < 0 || !token.map) {
      if (token.type === "heading_open") levels.at(-1).push(Number(token.tag[1]));
      continue;
    }
    if (token.type === "definition" && last?.type === "definition" && last.map[1] === token.map[0]) {
      last = token; // one block for a row of them
      continue;
    }
    const start = lines[token.map[0]];
    // Without a blank line before, what is undecided may turn out to go on with what is above.
    const isCertain = token.map[0] < undecided || token.map[0] === undecided && isBlankLineBefore(text, start);
    if (last === null || isCertain) {
      starts.push(start);
      levels.push([]);
      mayBeTitle = last?.type === "definition" && last.map[1] === token.map[0] && token.type === "paragraph_open";
      last = token;
    }
    if (token.type === "heading_open") levels.at(-1).push(Number(token.tag[1]));
  }
  if (mayBeTitle && !isAll) starts.pop();
  const isClosed = last !== null && text.endsWith("\n") && undecided === Infinity && endsByItself(last, text.slice(lines[last.map[1] - 1], lines[last.map[1]]));
  return { starts, levels, isClosed };
}

function endsByItself({ type, markup, map }, lastLine) {
  if (type === "fence") return map[1] > map[0] + 1 && new RegExp(`^ {0,3}\\${markup[0]}{${markup.length},}\\s*$`).test(lastLine);
  return type === "hr" || type === "math" || type === "heading_open" && markup[0] === "#";
}

function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function isBlankLineBefore(text, at) {
  return at > 0 && /^[ \t]*\n?$/.test(text.slice(text.lastIndexOf("\n", at - 2) + 1, at));
}

/** Whether the beginning of a line tells what the line will be: "1", "-" and "- --" may still become a list item. */
function isDecisive(partial) {
  return /\S/.test(partial) && !/^(?:[-*_+\s]+|\s*\d{1,9}[.)]?)$/.test(partial);
}

/** All blocks of a complete text. */
export function blocksOf(text) {
  const splitter = new BlockSplitter();
  return [...splitter.push(text), ...splitter.end()];
}
