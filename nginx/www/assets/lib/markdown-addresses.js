/**
 * Finds the addresses in plain text, as GitHub's Markdown does (GFM 6.9): `https://…`, `www.…` and mail.
 *
 * markdown-it's own finder wants a blank before an address, takes the punctuation of Chinese, Japanese and Arabic
 * for a part of it, and makes links of file names (`README.md`). This has the interface of that one.
 */

/** Blanks end an address, and so does punctuation that addresses have no use for. */
const stop = String.raw`\s<>"\u200b-\u200f\u3001-\u3003\u3008-\u301f\u3030\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65«»“”‘’‹›…—،؛؟।॥`;

const address = new RegExp(
  String.raw`(?<![A-Za-z0-9_])(?:https?:\/\/|www\.)[^${stop}]+|(?<![\w.+-])[\w.+-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+`,
  "gi",
);

/** A host of ASCII letters, right behind which a sentence in a script without blanks goes on. */
const hostBeforeSentence = /^(?:https?:\/\/)?[\w.-]*\.[a-z]{2,}(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])/iu;

const host = /^(?:https?:\/\/[\p{L}\p{N}_[]|www\.[\p{L}\p{N}_-]+\.[\p{L}\p{N}_-])/iu;

const brackets = { ")": "(", "]": "[", "}": "{" };

export const addresses = {
  pretest: (text) => /:\/\/|www\.|@/i.test(text),

  test: (text) => addresses.match(text).length > 0,

  /** @returns {{index: number, lastIndex: number, text: string, url: string, schema: string}[]} */
  match(text) {
    const found = [];
    address.lastIndex = 0;
    for (let hit = address.exec(text); hit; hit = address.exec(text)) {
      const written = ending(hit[0]);
      const isMail = !/^(?:https?:\/\/|www\.)/i.test(written);
      if (isMail ? /[-_]$/.test(hit[0]) : !host.test(written)) continue;
      const prefix = isMail ? "mailto:" : /^www/i.test(written) ? "http://" : "";
      address.lastIndex = hit.index + written.length;
      found.push({ index: hit.index, lastIndex: address.lastIndex, text: written, url: prefix + written, schema: isMail ? "mailto:" : "https:" });
    }
    return found;
  },
};

/** What stands at the end and belongs to the sentence: punctuation, a bracket that was opened before the address. */
function ending(text) {
  let end = hostBeforeSentence.exec(text)?.[0].length ?? text.length;
  const balance = new Map(Object.values(brackets).map((opening) => [opening, 0]));
  for (const character of text.slice(0, end)) {
    if (balance.has(character)) balance.set(character, balance.get(character) + 1);
    else if (brackets[character]) balance.set(brackets[character], balance.get(brackets[character]) - 1);
  }
  for (; end > 0; end -= 1) {
    const last = text[end - 1];
    const opening = brackets[last];
    if (opening && balance.get(opening) < 0) balance.set(opening, balance.get(opening) + 1);
    else if (last === ";") end -= (/&[a-z0-9]+;$/i.exec(text.slice(Math.max(0, end - 32), end))?.[0].length ?? 1) - 1;
    else if (!/[?!.,:*_~'|\\]/.test(last)) break;
  }
  return text.slice(0, end);
}
