/** A person's own words: plain text, but for the code that they fenced. */
import { endOfMarkdown, isMarkdown, limitBroken } from "./markdown-fences.js";

/** A fence of CommonMark (section 4.5): three marks or more, indented by three columns at most. */
const opening = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*?)[ \t]*$/;

/** More lines, or more letters, than this are folded. */
const mostLines = 24;
const mostLetters = 2400;

/**
 * Takes a text apart. The marks are in no part, and neither are the ends of line beside them; what stands behind an
 * opening mark is `info`.
 * A fence that is never closed goes on to the end.
 * @param {string} text
 * @returns {{code: boolean, info?: string, text: string}[]}
 */
export function partsOf(text) {
  const parts = [];
  let lines = [];
  let fence = null;
  let broken = 0;
  const flush = (code, info) => {
    if (lines.length) parts.push(code ? { code, info, text: lines.join("\n") } : { code, text: lines.join("\n") });
    lines = [];
  };
  const all = text.split("\n");
  for (let at = 0; at < all.length; at += 1) {
    const line = all[at];
    if (fence) {
      if (!isClosing(line, fence.mark)) lines.push(line);
      else { flush(true, fence.info); fence = null; }
      continue;
    }
    const found = opening.exec(line);
    if (!found) { lines.push(line); continue; }
    flush(false);
    fence = { mark: found[1], info: found[2] };
    if (!isMarkdown(fence.info) || broken > limitBroken) continue;
    const end = endOfMarkdown((behind) => all[at + 1 + behind]?.trimStart() ?? null, fence.mark).line;
    if (end === null) { broken += 1; continue; }
    lines = all.slice(at + 1, at + 1 + end); // with the fences inside
    at += end;
  }
  flush(fence !== null, fence?.info);
  return parts;
}

function isClosing(line, mark) {
  const found = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line);
  return found !== null && found[1][0] === mark[0] && found[1].length >= mark.length;
}

/** How many lines a text has, where it is so long that only its beginning is shown at first; else null. */
export function longLines(text) {
  const lines = text.split("\n").length;
  return lines > mostLines || text.length > mostLetters ? lines : null;
}
