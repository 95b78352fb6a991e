/**
 * Makes the end of Markdown that is still being written presentable: what has been opened is shown as if it were
 * closed, so that no stars, backticks or half addresses flash by before their closing mark arrives.
 */

import { doesOpen, isMarkdown, OpenFences } from "./markdown-fences.js";
import { environments } from "./math-syntax.js";

/** Code in a line: a run of backticks up to the next run of the same length (CommonMark 6.1). */
const code = /(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g;

/** A fence, in a list too. */
const fence = /^([ \t]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?)(`{3,}|~{3,})(.*)/;

/** Longer paragraphs are not looked through for what is open in them. */
const limitCharacters = 2000;

/** @param {string} text an open block @returns {string} the same, closed */
export function closeTail(text) {
  text = text.replace(/(^|\n)[ \t]*(`{1,2}|~{1,2})$/, "$1"); // a fence in the making
  text = text.replace(/\n {0,3}(?:-+|=+)$/, "\n"); // an item, or a heading of the line before
  text = text.replace(/(^|\n)(?<!(?:^|\n)[ \t]*\|[^\n]*\n)[ \t]*\|[^\n]*(?:\n[ \t]*[|:\- \t]*)?$/, "$1"); // a table in the making
  const closed = closeFences(text);
  if (closed !== text) return closed;
  const start = lastParagraph(text);
  if (text.length - start > limitCharacters) return text;
  return text.slice(0, start) + closeInline(text.slice(start));
}

/** An environment of TeX that is not closed yet. */
const openEnvironment = new RegExp(String.raw`(?:^|\n) {0,3}(\\begin\{(${environments})\}(?:(?!\\end\{\2\}|\n[ \t]*\n)[^])*)$`);

/** Display mathematics that is not closed yet, at the end: its TeX, and the text before it; else null. */
export function openMath(text) {
  const found = /(?:^|\n) {0,3}(\\\[|\$\$(?=[ \t]*\n|[^\n]*(?:\\[a-z]|[\^_=])))((?:(?!\$\$|\\\])[\s\S])*)$/i.exec(text);
  if (/^[ \t]*(?:`{3}|~{3})/m.test(text)) return null;
  const environment = openEnvironment.exec(text);
  if (environment) return { before: text.slice(0, environment.index), tex: environment[1].trim() };
  if (!found) return null;
  if (found[1] === "$$" && text.split("$$").length % 2) return null; // it is the closing one
  return { before: text.slice(0, found.index), tex: found[2].trim() };
}

function closeFences(text) {
  let open = null;
  let above = "";
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const [, before, mark, info] = fence.exec(line) ?? [];
    if (!mark) {
      if (/\S/.test(line)) above = line;
    } else if (!open) {
      open = { before, mark, nested: isMarkdown(info) ? new OpenFences(mark.length) : null };
    } else if (!open.nested) {
      open = null;
    } else if (mark[0] === open.mark[0]) {
      open.nested.take(mark.length, info.trim(), doesOpen(above, lines[at + 1] ?? ""));
      if (!open.nested.lengths.length) open = null;
    }
  }
  if (!open) return text;
  // In a list, the closing fence stands below the opening one, not below the item's mark.
  const closing = (open.nested?.lengths ?? [open.mark.length]).map((length) => " ".repeat(open.before.length) + open.mark[0].repeat(length));
  return `${text}${text.endsWith("\n") ? "" : "\n"}${closing.join("\n")}`;
}

// Emphasis never spans items, cells or paragraphs, so only the last of them can be open.
function lastParagraph(text) {
  const breaks = [...text.matchAll(/\n[ \t]*(?:\n|[-*+][ \t]|\d{1,9}[.)][ \t]|>)/g)];
  return breaks.length ? breaks.at(-1).index + 1 : 0;
}

function closeInline(line) {
  const outsideCode = line.replace(code, (run) => " ".repeat(run.length));
  if (outsideCode.includes("`")) return `${line.replace(/\s+$/, "")}${/`+/.exec(outsideCode)[0]}`;
  const link = /!?\[([^\]\n]*)\]\([^)\s]*$/.exec(outsideCode);
  if (link) return closeEmphasis(line.slice(0, link.index) + line.slice(link.index + line.slice(link.index).indexOf("[") + 1).split("](")[0]);
  return closeEmphasis(line);
}

function closeEmphasis(line) {
  const marks = line.replace(code, "").match(/(?<!\\)\*\*/g)?.length ?? 0;
  if (marks % 2 === 0) return line;
  if (/\*\*\s*$/.test(line)) return line.replace(/\*\*\s*$/, ""); // opened, and nothing in it yet
  return `${line.replace(/[\s*]+$/, "")}**`;
}
