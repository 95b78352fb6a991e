/** Files that somebody drops or pastes: text goes into the message, anything else is refused with a sentence. */

import { sift } from "./chosen-files.js";

/** More would be no message any more; the server takes 400,000 bytes. */
const mostBytes = 200_000;

/** What went, and what did not. @param {File[]} files */
export async function readDropped(files) {
  const { taken, refused } = sift(files, { limitBytes: mostBytes });
  const read = await Promise.all(taken.map(async (file) => ({ file, text: await textOf(file), why: "type" })));
  return {
    text: read.filter(({ text }) => text !== null).map(({ file, text }) => fenced(file.name, text)).join("\n"),
    refusal: refusalOf([...refused, ...read.filter(({ text }) => text === null)]),
  };
}

/** The words in a file; null where it is nothing that a person reads. */
async function textOf(file) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? null : text;
  } catch {
    return null; // not UTF-8, or a folder
  }
}

/** A text set as code under its name, with marks that are longer than any within. */
export function fenced(name, text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([mark]) => mark.length));
  const mark = "`".repeat(longest + 1);
  const clean = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  return `${mark}${name.replace(/[`\n]/g, "")}\n${clean}\n${mark}`;
}

const reasons = {
  type: "Only files of text can be added to a message so far",
  size: "A file of text may hold 200 KB",
  empty: "There is nothing in it",
};

/** @param {{file: File, why: import("./chosen-files.js").Why}[]} refused */
function refusalOf(refused) {
  if (!refused.length) return null;
  const [{ file, why }] = refused;
  const what = refused.length === 1 ? `“${file.name}” was not taken` : `${refused.length} files were not taken`;
  return `${what}. ${reasons[why]}. What you wrote is kept.`;
}
