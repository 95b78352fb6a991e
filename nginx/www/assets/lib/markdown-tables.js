/** GitHub's tables (GFM 4.10), around markdown-it's rule: no word of a row is lost, and formulas keep their pipes. */
import { mathAt } from "./math-syntax.js";

/** Cells that a table adds to short rows: a long first row and many short ones make millions of them. */
const limitAddedCells = 1000;

/** After more tables with too many of them, what follows is text: each was read to its end. */
const limitRefused = 20;

/** Longer rows are cut at each pipe. */
const limitRow = 2000;

/** Stands for a pipe of a formula while the cells are cut: no character, and in no text (Unicode 23.7). */
const pipeInMath = "\ufdd0";

/** The rule of markdown-it, and what comes before and after it. */
export function tableRule(rule, state, startLine, endLine, silent) {
  const { src, env } = state;
  if (env.refusedTables > limitRefused) return false;
  state.src = withoutPipesInMath(state, startLine, endLine);
  const first = state.tokens.length;
  const found = table(rule, state, startLine, endLine, silent);
  if (state.src !== src) for (const token of state.tokens.slice(first)) token.content = token.content.replaceAll(pipeInMath, "|");
  state.src = src;
  return found;
}

function table(rule, state, startLine, endLine, silent) {
  if (!rule(state, startLine, endLine, true) || begun.test(lineOf(state, startLine))) return false;
  if (addsTooMuch(state, startLine, endLine)) {
    state.env.refusedTables = (state.env.refusedTables ?? 0) + 1;
    return false;
  }
  if (silent) return true;
  const first = state.tokens.length;
  rule(state, startLine, endLine, false);
  keepCells(state, first, startLine);
  return true;
}

/**
 * GFM cuts a row at each pipe but those of code. A row with too many cells has them in formulas, `$P(A|B)$`, when it
 * has the right number without those.
 */
function withoutPipesInMath(state, startLine, endLine) {
  const { src } = state;
  const marks = startLine + 1 < endLine ? lineOf(state, startLine + 1).trim() : "";
  if (!/^\|?[ \t]*:?-[-:| \t]*$/.test(marks) || src.includes(pipeInMath)) return src;
  const columns = cellsOf(marks).length;
  const parts = [];
  let from = 0;
  for (let line = startLine; line < endLine && !state.isEmpty(line); line += 1) {
    const row = lineOf(state, line);
    if (row.length > limitRow || !/\|.*(?:\$|\\\))/.test(row) || cellsOf(row.trim()).length <= columns) continue;
    const kept = withoutPipes(row);
    if (cellsOf(kept.trim()).length !== columns) continue;
    parts.push(src.slice(from, state.eMarks[line] - row.length), kept);
    from = state.eMarks[line];
  }
  return parts.length ? parts.join("") + src.slice(from) : src;
}

/** Code, an escaped mark, or one character. */
const piece = /\\[^]|(`+)(?!`)[^]*?(?<!`)\1(?!`)|[^]/y;

function withoutPipes(row) {
  let kept = "";
  for (let at = 0; at < row.length;) {
    const formula = mathAt(row, at);
    piece.lastIndex = at;
    const text = formula ? row.slice(at, formula.end).replaceAll("|", pipeInMath) : piece.exec(row)[0];
    kept += text;
    at += text.length;
  }
  return kept;
}

/** A line that begins something else is no first row, whatever is below it. */
const begun = /^ {0,3}(?:#{1,6}\s|>|[-+*]\s|\d{1,9}[.)]\s|`{3}|~{3})/;

/** A line, from where its block begins. */
export function lineOf(state, line) {
  return state.src.slice(state.bMarks[line] + state.blkIndent, state.eMarks[line]);
}

function addsTooMuch(state, startLine, endLine) {
  const columns = pipes(lineOf(state, startLine)) + 1;
  let added = 0;
  for (let line = startLine + 2; line < endLine && added <= limitAddedCells; line += 1) {
    const own = pipes(lineOf(state, line));
    if (!own) break;
    added += Math.max(0, columns - own - 1);
  }
  return added > limitAddedCells;
}

const pipes = (line) => line.split("|").length - 1;

/** Cells beyond the last column are dropped by GFM; here they stay, in the last one. */
function keepCells(state, first, startLine) {
  const columns = state.tokens.filter(({ type }, at) => at >= first && type === "th_open").length;
  let line = startLine + 1;
  let cells = 0;
  for (let at = first; at < state.tokens.length; at += 1) {
    const { type } = state.tokens[at];
    if (/^t[hd]_open$/.test(type)) alignByAttribute(state.tokens[at]);
    if (type === "tr_open") cells = 0;
    if (type !== "td_open") continue;
    if (cells === 0) line += 1;
    cells += 1;
    if (cells < columns) continue;
    const more = cellsOf(lineOf(state, line).trim()).slice(columns).join(" | ").trim();
    if (more) state.tokens[at + 1].content += ` | ${more}`;
  }
}

// The content security policy refuses styles in attributes.
function alignByAttribute(token) {
  const style = token.attrGet("style");
  if (style) token.attrs = [["align", style.replace("text-align:", "")]];
}

/** As markdown-it cuts a row: not at `\|`, nor within code. */
function cellsOf(row) {
  return row.replace(/^\||\|$/g, "").match(/(?:\\[\s\S]?|`[^`]*`|[^|\\])+|(?<=^|\|)(?=\||$)/g) ?? [];
}
