/**
 * Where mathematics begins and ends in Markdown: $…$ and \(…\) within a line, $$…$$ and \[…\], and environments
 * of TeX in lines of their own.
 *
 * A dollar is money, or a variable of a shell, more often than mathematics: only what is clearly meant counts. As in
 * Pandoc, no blank stands inside single dollars and no digit after them; they follow no letter and no digit, and a
 * letter follows them only as an ending ("the $i$th"). Nothing reaches across code.
 */

/** Longer mathematics within a line, and display over more lines than this, is none. */
const limitCharacters = 2000;
const limitLines = 40;

/** The environments of display mathematics, those that KaTeX lacks too: their backslashes stay. */
export const environments = String.raw`(?:equation|align|alignat|flalign|gather|multline|eqnarray|aligned|alignedat|gathered|split|[dr]?cases|array|CD|subequations|[pbBvV]?matrix|smallmatrix)\*?`;
const environment = new RegExp(String.raw`^\\begin\{(${environments})\}`);

/** Letters of scripts that have no blanks between words may touch a formula. */
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}`;
const letterBefore = new RegExp(String.raw`(?![${unspaced}])[\p{L}\p{N}\\]$`, "u");
const letterAfter = new RegExp(String.raw`^(?!(?:th|st|nd|rd|s)\b)(?![${unspaced}])[\p{L}\p{N}{]`, "u");

/** Words with punctuation alone: brackets or dollars around them are brackets or dollars. */
const words = /^(?=.*\p{L}{3})[\p{L}\s.,;:!?'’()-]*$/su;

/** An amount and words behind it: "20, or 18", "5 for a seat". */
const amount = /^\d[\d.,]*(?:[,;:]?\s[^\\^_{}=+<>]*\p{L}{3}|[,;:]\s\p{L}{2})/u;

/** TeX beyond doubt: a command, a script mark, an equals sign. */
const tex = /\\[A-Za-z]|[\^_=]/;

/**
 * Mathematics at `at` within a line.
 * @returns {{end: number, tex: string, display: boolean} | null}
 */
export function mathAt(text, at) {
  if (text[at] === "\\") {
    if (text[at + 1] === "(") return bracketed(text, at, ")", false);
    if (text[at + 1] === "[") return bracketed(text, at, "]", true);
    return text[at + 1] === "b" ? environmentAt(text, at) : null;
  }
  if (text[at] !== "$" || text[at - 1] === "$" || letterBefore.test(text.slice(Math.max(0, at - 2), at))) return null;
  if (text[at + 1] !== "$") return dollars(text, at, 1);
  return text[at + 2] === "$" ? null : dollars(text, at, 2);
}

function bracketed(text, at, closing, display) {
  const limit = Math.min(text.length, at + limitCharacters);
  for (let end = at + 2; end < limit; end += 1) {
    if (text[end] === "`") return null;
    if (text[end] !== "\\") continue;
    if (text[end + 1] !== closing) { end += 1; continue; }
    const content = text.slice(at + 2, end).trim();
    // In CommonMark these are escaped brackets, and so they are around words.
    const isMeant = display && !standsAlone(text, at, end + 2) ? tex.test(content) : !words.test(content);
    if (!content || !isMeant) return null;
    return { end: end + 2, tex: content, display };
  }
  return null;
}

function environmentAt(text, at) {
  const name = environment.exec(text.slice(at, at + 40))?.[1];
  const end = name ? text.indexOf(`\\end{${name}}`, at) + name.length + 6 : 0;
  const content = text.slice(at, end);
  const isMeant = end > at && content.length < limitCharacters && !content.includes("`") && standsAlone(text, at, end);
  return isMeant ? { end, tex: content, display: true } : null;
}

function dollars(text, at, count) {
  const start = at + count;
  const limit = Math.min(text.length, at + limitCharacters);
  for (let end = start; end < limit; end += 1) {
    const mark = text[end];
    if (mark === "`") return null;
    if (mark === "\\") end += 1;
    if (mark !== "$") continue;
    let run = 1;
    while (text[end + run] === "$") run += 1;
    if (run !== count) return null;
    const content = text.slice(start, end);
    const isMeant = count === 1 ? isTight(content) && !amount.test(content) && isOfOneLine(content) : isTight(content) || tex.test(content) || /\S/.test(content) && standsAlone(text, at, end + 2);
    if (!isMeant || letterAfter.test(text.slice(end + count, end + count + 4))) return null;
    return { end: end + count, tex: content.trim(), display: count === 2 };
  }
  return null;
}

/** What goes on in the next line is TeX when it has a command: a matrix, but no two prices. */
function isOfOneLine(content) {
  return !content.includes("\n") || /\\[A-Za-z]/.test(content);
}

/** Whether nothing else is in the lines. */
function standsAlone(text, at, end) {
  return /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, at - 80), at)) && /^[ \t]*(?:\n|$)/.test(text.slice(end, end + 80));
}

/** No blank inside the marks, nor what no formula begins or ends with. */
function isTight(content) {
  return /^(?![\s,;:!?/'"]|\.\D)/.test(content) && !/[\s({]$/.test(content) && content !== "";
}

/** The two rules, for markdown-it; the tokens are `math`, with `meta.display`. */
export function mathRules(parser) {
  parser.inline.ruler.before("escape", "math", (state, silent) => {
    const found = mathAt(state.src.slice(0, state.posMax), state.pos);
    if (!found) return false;
    if (!silent) Object.assign(state.push("math", "", 0), { content: found.tex, meta: { display: found.display } });
    state.pos = found.end;
    return true;
  });
  parser.block.ruler.before("table", "math", displayRule, { alt: ["paragraph", "reference", "blockquote", "list"] });
}

/**
 * Display mathematics in lines of its own. Blank lines inside belong to it when its first line is the mark alone.
 * What may still be closed is noted as `env.undecided`: the first line of which more text could make something else.
 */
function displayRule(state, startLine, endLine, silent) {
  // A line left of an item's words goes on with them (CommonMark 5.2): it is a part of the paragraph, and set within it.
  if (state.sCount[startLine] < state.blkIndent || state.sCount[startLine] - state.blkIndent >= 4) return false;
  const lineOf = (line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]).trimEnd();
  const first = lineOf(startLine);
  const name = environment.exec(first)?.[1];
  const opening = name ? "" : /^(?:\$\$(?!\$)|\\\[)/.exec(first)?.[0];
  if (opening === undefined) return false;
  const closing = name ? `\\end{${name}}` : opening === "$$" ? "$$" : "\\]";
  const isBare = first === opening;
  const last = Math.min(endLine, startLine + limitLines);
  let line = startLine;
  for (let text = first.slice(opening.length); ; text = lineOf(line)) {
    const at = text.indexOf(closing);
    if (at >= 0 && at !== text.length - closing.length) return false;
    if (at >= 0) break;
    line += 1;
    if (line >= last) {
      if (line < startLine + limitLines && line === state.bMarks.length - 1) leaveOpen(state, startLine);
      return false;
    }
    if (state.sCount[line] < state.blkIndent && !state.isEmpty(line) || state.isEmpty(line) && !isBare) return false;
  }
  if (state.eMarks[line] === state.src.length) leaveOpen(state, startLine); // the line itself may go on
  const content = state.getLines(startLine, line + 1, state.blkIndent, false).trim().slice(opening.length, name ? undefined : -2).trim();
  if (!content || opening === "\\[" && line === startLine && words.test(content)) return false;
  if (silent) return true;
  Object.assign(state.push("math", "", 0), { block: true, content, meta: { display: true }, map: [startLine, line + 1] });
  state.line = line + 1;
  return true;
}

/** Notes in `env.undecided` the first line of which more text could make something else. */
export function leaveOpen({ env }, line) {
  env.undecided = Math.min(env.undecided ?? Infinity, line);
}
