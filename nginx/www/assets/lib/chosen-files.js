/**
 * Which of the files that somebody chose, dropped or pasted can be taken.
 * @typedef {{accept?: string, limitBytes?: number, most?: number}} Rules `accept` as an input of files has it:
 *   ".csv, image/*"; `most` files at a time
 * @typedef {"type"|"size"|"empty"|"number"} Why
 */

/** @param {File[]} files @param {Rules} rules @returns {{taken: File[], refused: {file: File, why: Why}[]}} */
export function sift(files, { accept = "", limitBytes = Infinity, most = Infinity } = {}) {
  const taken = [];
  const refused = [];
  for (const file of files) {
    const why = !isAccepted(file, accept) ? "type" : file.size > limitBytes ? "size" : file.size === 0 ? "empty" : taken.length >= most ? "number" : null;
    if (why) refused.push({ file, why });
    else taken.push(file);
  }
  return { taken, refused };
}

/** Whether a file is of one of the kinds; a kind that no browser tells is told by the name. */
function isAccepted({ name, type }, accept) {
  const kinds = accept.toLowerCase().split(",").map((kind) => kind.trim()).filter(Boolean);
  return !kinds.length || kinds.some((kind) => {
    if (kind.startsWith(".")) return name.toLowerCase().endsWith(kind);
    return kind.endsWith("/*") ? type.startsWith(kind.slice(0, -1)) : type.split(";")[0] === kind;
  });
}

/** "200 kB", "1.5 MB", in a language's own notation. */
export function sizeText(bytes, locale) {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return new Intl.NumberFormat(locale, { style: "unit", unit: steps[power], unitDisplay: "short", maximumFractionDigits: 1 })
    .format(bytes / 1000 ** power);
}
