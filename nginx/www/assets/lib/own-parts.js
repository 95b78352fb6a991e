/** A person's own words: plain text, but for the code that they fenced. */

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
  const flush = (code, info) => {
    if (lines.length) parts.push(code ? { code, info, text: lines.join("\n") } : { code, text: lines.join("\n") });
    lines = [];
  };
  for (const line of text.split("\n")) {
    if (fence) {
      if (!isClosing(line, fence.mark)) lines.push(line);
      else { flush(true, fence.info); fence = null; }
      continue;
    }
    const found = opening.exec(line);
    if (!found) { lines.push(line); continue; }
    flush(false);
    fence = { mark: found[1], info: found[2] };
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
