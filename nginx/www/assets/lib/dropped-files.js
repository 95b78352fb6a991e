/** Files that somebody drops or pastes: text goes into the message, anything else is refused with a sentence. */

/** More would be no message any more; the server takes 400,000 bytes. */
const mostBytes = 200_000;

/** What went, and what did not. @param {File[]} files */
export async function readDropped(files) {
  const read = await Promise.all(files.map(async (file) => ({ name: file.name, text: await textOf(file), size: file.size })));
  const taken = read.filter(({ text }) => text !== null);
  return {
    text: taken.map(({ name, text }) => fenced(name, text)).join("\n"),
    refusal: refusalOf(read.filter(({ text }) => text === null)),
  };
}

/** The words in a file; null where it is too large, or nothing that a person reads. */
async function textOf(file) {
  if (file.size > mostBytes) return null;
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

/** @param {{name: string, size: number}[]} files */
function refusalOf(files) {
  if (!files.length) return null;
  const [{ name, size }] = files;
  const what = files.length === 1 ? `“${name}” was not taken` : `${files.length} files were not taken`;
  const why = size > mostBytes ? "A file of text may hold 200 KB" : "Only files of text can be added to a message so far";
  return `${what}. ${why}. What you wrote is kept.`;
}
