/**
 * Fences within a fence of Markdown.
 *
 * Asked for a Markdown file, models put it between fences, with its own fences of the same length inside. CommonMark
 * ends the block at the first bare fence, and the rest falls to pieces. A fence with a language can only open, so the
 * next bare one closes it; this holds within a fence of Markdown alone, and all else is as CommonMark has it.
 */

/** More lines than this are not looked through. */
const limitLines = 1000;

/** After more fences of Markdown that nothing closes, a text is as CommonMark has it. */
export const limitBroken = 20;

/** Whether what stands behind a fence names Markdown. */
export const isMarkdown = (info) => /^\s*(?:md|markdown)(?=$|[\s{])/i.test(info);

/** The fences that are open, one within the other. */
export class OpenFences {
  #stack;

  /** @param {number} length marks of the outermost, a fence of Markdown */
  constructor(length) {
    this.#stack = [{ length, isMarkdown: true }];
  }

  /** How many marks each of them has, the innermost first. */
  get lengths() {
    return this.#stack.map(({ length }) => length).reverse();
  }

  /**
   * Takes in a line of marks that are those of the outermost.
   * @param {number} length of the marks @param {string} info what stands behind them
   * @param {boolean} mayOpen whether it may open one without a language
   */
  take(length, info, mayOpen) {
    const innermost = this.#stack.at(-1);
    if (length < innermost.length) return;
    if (innermost.isMarkdown && (info || mayOpen)) this.#stack.push({ length, isMarkdown: isMarkdown(info) });
    else if (!info) this.#stack.pop();
  }
}

/** Whether a bare fence opens rather than ends: the words above it end with a colon, and more follow right below. */
export function doesOpen(above, below) {
  return /[:：][*_]*\s*$/.test(above) && /\S/.test(below) && !/^\s*(?:`{3}|~{3})/.test(below);
}

/**
 * Where a fence of Markdown ends.
 * @param {(at: number) => string | null} lineAt the lines behind the fence, from 0, without the
 *   blanks they begin with; null behind the last one
 * @param {string} markup the fence
 * @returns {{line: number | null, isCertain: boolean}} the line that ends it, if one does; whether no line that is
 *   still to come can change that
 */
export function endOfMarkdown(lineAt, markup) {
  const fences = new OpenFences(markup.length);
  let above = "";
  for (let at = 0; at < limitLines; at += 1) {
    const line = lineAt(at);
    if (line === null) return { line: null, isCertain: false };
    const [, marks, info] = fenceOf(line, markup[0]);
    if (!marks) {
      above = line || above;
      continue;
    }
    const below = lineAt(at + 1);
    fences.take(marks.length, info, doesOpen(above, below ?? ""));
    if (!fences.lengths.length) return { line: at, isCertain: below !== null || !doesOpen(above, "words") };
  }
  return { line: null, isCertain: true };
}

function fenceOf(line, mark) {
  if (line[0] !== mark) return [];
  const found = (mark === "`" ? /^(`{3,})([^`]*)$/ : /^(~{3,})(.*)$/).exec(line);
  return found ? [line, found[1], found[2].trim()] : [];
}
