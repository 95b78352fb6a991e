/**
 * Where mathematics begins and ends in Markdown: $…$, $$…$$, \(…\), \[…\].
 *
 * A single dollar is money more often than mathematics. As in Pandoc, the opening one is followed by a
 * character, the closing one follows a character and no digit comes after it.
 */

const inline = [
  { pattern: /^\$\$([^$]+?)\$\$/, display: true },
  { pattern: /^\\\[([\s\S]+?)\\\]/, display: true },
  { pattern: /^\\\(([\s\S]+?)\\\)/, display: false },
  { pattern: /^\$(?![\s$])((?:\\[\s\S]|[^$\\\n]|\n(?!\n))*?(?:\\[^\s]|[^\s$\\]))\$(?!\d)/, display: false },
];

const block = [/^ {0,3}\$\$\s*([\s\S]+?)\s*\$\$[ \t]*(?:\n|$)/, /^ {0,3}\\\[\s*([\s\S]+?)\s*\\\][ \t]*(?:\n|$)/];

/** Mathematics at the very start of `source`, or null. */
export function matchInlineMath(source) {
  for (const { pattern, display } of inline) {
    const found = pattern.exec(source);
    if (found?.[1].trim()) return { raw: found[0], tex: found[1].trim(), display };
  }
  return null;
}

/** Mathematics that stands alone at the very start of `source`, or null. */
export function matchBlockMath(source) {
  for (const pattern of block) {
    const found = pattern.exec(source);
    if (found) return { raw: found[0], tex: found[1], display: true };
  }
  return null;
}

/** Where the next mathematics inside a line may begin; -1 for nowhere. */
export function nextInlineMath(source) {
  return source.search(/\$|\\[([]/);
}

/** Where the next line begins that may be mathematics alone; -1 for nowhere. */
export function nextBlockMath(source) {
  const at = source.search(/\n {0,3}(\$\$|\\\[)/);
  return at < 0 ? -1 : at + 1;
}
