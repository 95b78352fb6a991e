/**
 * The side a text is laid out from: that of its letters. The first one alone, which `dir="auto"` goes by, is Latin in
 * many a sentence of Arabic, Hebrew or Persian: "Next.js هو إطار".
 */

/** Letters written from right to left (UAX 9, classes R and AL). */
const leftward = /[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const letters = /\p{L}/gu;

/** Addresses, and names of files, are long and have no say. */
const names = /[!-~]+[/.@_][!-~]+/g;

/** Foreign names are many where people write about technology, so that less than half will do (as in Closure's bidi). */
const enough = .4;

/** Enough to tell. */
const sample = 4000;

/** @returns {"rtl" | "ltr" | "auto"} auto for a text without letters from right to left */
export function directionOf(text) {
  if (!leftward.test(text)) return "auto";
  const all = text.slice(0, sample).replace(names, " ").match(letters) ?? [];
  const toLeft = all.filter((letter) => leftward.test(letter)).length;
  return toLeft >= all.length * enough ? "rtl" : "ltr";
}
