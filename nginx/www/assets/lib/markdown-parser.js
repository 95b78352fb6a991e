/**
 * Markdown to HTML: CommonMark and GitHub's tables, strikethrough, tasks and addresses, with mathematics.
 *
 * What is not markup stands as it was written. HTML is none: it is shown as text, but for <br> in the cell of a
 * table, where nothing else can end a line. Nothing is dropped, and depth and size are bounded.
 *
 * markdown-it (bundled by nginx/bundle) rather than Debian's marked 4: that one is quadratic and recursive where
 * models are careless, and takes HTML and single tildes for markup. This file knows no DOM: the page, the worker and
 * the tests load it.
 */
import MarkdownIt from "../bundled/markdown-it.js";
import { addresses } from "./markdown-addresses.js";
import { endOfMarkdown, isMarkdown, limitBroken } from "./markdown-fences.js";
import { lineOf, tableRule } from "./markdown-tables.js";
import { leaveOpen, mathRules } from "./math-syntax.js";

/** A list counts twice. Deeper marks of quotes and lists are text. */
const limitDepth = 24;

/** Emphasis within emphasis; deeper marks are text. */
const limitEmphasis = 16;

/** Lines of one definition of a link; each is looked through for its end. */
const limitDefinitionLines = 12;

/**
 * Longer addresses, and those with more than 32 brackets, are none, but for pictures within the text: each that is not
 * closed is read to its end.
 */
const limitAddress = 2048;

// Tags are recognised, so that what is inside them is no emphasis and no link, and then shown as they are.
export const parser = new MarkdownIt({ html: true, breaks: true, linkify: true }).disable("html_block");

parser.linkify = addresses;
parser.normalizeLink = parser.utils.lib.mdurl.encode;
parser.normalizeLinkText = (text) => text;
// Whatever leads elsewhere than to the web or to mail is no link, and so stays in view.
parser.validateLink = (url) => !/^[^/?#]*?:/.test(url) || /^(?:https?|ftp|mailto|tel):/i.test(url) || /^data:image\/(?:png|jpeg|gif|webp|avif);/i.test(url);

const { parseLinkDestination } = parser.helpers;
parser.helpers.parseLinkDestination = (text, at, end) => {
  if (text.startsWith("data:image/", at)) return parseLinkDestination(text, at, end);
  const opened = text.slice(at, at + limitAddress).split("(", 34);
  const limit = opened.length < 34 ? limitAddress : opened.join("(").length - opened.at(-1).length;
  return parseLinkDestination(text, at, Math.min(end, at + limit));
};

mathRules(parser);

const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;

// CommonMark has stars beside punctuation count only next to a blank, and Chinese, Japanese and Korean have none:
// "**注意：**正文" would keep its stars. Next to these scripts any character will do, as in markdown-cjk-friendly.
const { scanDelims } = parser.inline.State.prototype;
parser.inline.State.prototype.scanDelims = function scan(start, canSplitWord) {
  const scanned = scanDelims.call(this, start, canSplitWord);
  const before = this.src[start - 1] ?? " ";
  const after = this.src[start + scanned.length] ?? " ";
  if (canSplitWord && (cjk.test(before) || cjk.test(after))) {
    scanned.can_open ||= /\S/.test(after);
    scanned.can_close ||= /\S/.test(before);
  }
  return scanned;
};

/** Replaces a rule of markdown-it by one around it. */
function around(name, alt, rule) {
  const { fn } = parser.block.ruler.__rules__.find((present) => present.name === name);
  parser.block.ruler.at(name, (...of) => rule(fn, ...of), { alt });
}

for (const [name, alt] of [["blockquote", ["paragraph", "reference", "blockquote", "list"]], ["list", ["paragraph", "reference", "blockquote"]]]) {
  around(name, alt, (rule, state, ...of) => state.level < limitDepth && rule(state, ...of));
}

// A definition leaves a token, so that what is cut into blocks knows where it ends.
around("reference", [], (rule, state, startLine, endLine, silent) => {
  if (/^\s*\[\^/.test(lineOf(state, startLine))) return false; // a footnote: GFM's specification has none
  const { lineMax, parentType } = state;
  state.lineMax = Math.min(lineMax, startLine + limitDefinitionLines);
  const found = rule(state, startLine, endLine, silent);
  Object.assign(state, { lineMax, parentType });
  if (found && !silent) {
    const content = state.getLines(startLine, state.line, state.blkIndent, false);
    Object.assign(state.push("definition", "", 0), { map: [startLine, state.line], content });
  }
  return found;
});

around("fence", ["paragraph", "reference", "blockquote", "list"], (rule, state, startLine, endLine, silent) => {
  if (!rule(state, startLine, endLine, silent)) return false;
  const fence = state.tokens.at(-1);
  if (silent || !isMarkdown(fence.info) || state.env.brokenFences > limitBroken) return true;
  let end = startLine + 1;
  const { line, isCertain } = endOfMarkdown((at) => {
    end = startLine + 1 + at;
    const isWithin = end < endLine && (state.sCount[end] >= state.blkIndent || state.isEmpty(end));
    return isWithin ? state.src.slice(state.bMarks[end] + state.tShift[end], state.eMarks[end]) : null;
  }, fence.markup);
  if (!isCertain && end === state.bMarks.length - 1) leaveOpen(state, startLine + 1);
  if (line === null) {
    state.env.brokenFences = (state.env.brokenFences ?? 0) + 1;
    return true;
  }
  state.line = startLine + line + 2;
  fence.content = state.getLines(startLine + 1, state.line - 1, state.sCount[startLine], true);
  fence.map[1] = state.line;
  return true;
});

around("table", ["paragraph", "reference"], tableRule);

// These look at what markdown-it has made of the lines.
parser.core.ruler.before("linkify", "tags", ({ tokens }) => inlines(tokens, ({ children }, at) => {
  const isCell = /^t[hd]_open$/.test(tokens[at - 1]?.type);
  for (const child of children) {
    if (child.type === "html_inline") child.type = isCell && /^<br\s*\/?>$/i.test(child.content) ? "hardbreak" : "text";
  }
}));
parser.core.ruler.push("depth", ({ tokens }) => inlines(tokens, ({ children }) => boundEmphasis(children)));
parser.core.ruler.push("tasks", ({ tokens, Token }) => inlines(tokens, (inline, at) => {
  const first = inline.children[0];
  const mark = /^\[([ xX])\](?=\s)/.exec(first?.content ?? "");
  if (!mark || first.type !== "text" || tokens[at - 2]?.type !== "list_item_open") return;
  first.content = first.content.slice(4);
  inline.children.unshift(Object.assign(new Token("task", "", 0), { meta: { done: mark[1] !== " " } }));
}));
function inlines(tokens, each) {
  tokens.forEach((token, at) => token.type === "inline" && each(token, at));
}

function boundEmphasis(tokens) {
  let depth = 0;
  for (const token of tokens) {
    if (!/^(?:em|strong|s)_/.test(token.type)) continue;
    if (token.nesting < 0) depth -= 1;
    if (depth >= limitEmphasis) Object.assign(token, { type: "text", content: token.markup });
    if (token.nesting > 0) depth += 1;
  }
}

const { escapeHtml } = parser.utils;

/**
 * The levels of headings go on from those of the page without a jump: the message has the second, so its first
 * heading gets the third. `outline` holds the levels, as they were written, of the headings that the next one is below.
 */
export function levelBelow(outline, written) {
  while (outline.length && outline.at(-1) >= written) outline.pop();
  outline.push(written);
  return Math.min(6, outline.length + 2);
}

Object.assign(parser.renderer.rules, {
  definition: (tokens, at, options, env) => env.unused.has(nameOf(tokens[at].content)) ? `<p>${parser.renderInline(tokens[at].content)}</p>\n` : "",
  heading_open: (tokens, at, options, { outline }) => `<${tokens[at].tag = `h${levelBelow(outline, Number(tokens[at].tag[1]))}`}>`,
  heading_close: (tokens, at) => `</${tokens.slice(0, at).findLast(({ type }) => type === "heading_open").tag}>\n`,
  task: (tokens, at) => `<input type="checkbox" disabled${tokens[at].meta.done ? " checked" : ""}> `,
  math: (tokens, at) => `<span class="math${tokens[at].meta.display ? " math--display" : ""}">${escapeHtml(tokens[at].content)}</span>${tokens[at].block ? "\n" : ""}`,
  // All that stands after the fence is shown above the code; the first word of it names the language.
  fence(tokens, at) {
    const info = parser.utils.unescapeAll(tokens[at].info).trim();
    const [language] = info.split(/\s/, 1);
    const attribute = language ? ` class="language-${escapeHtml(language)}"` : "";
    const head = info === language && /^[\w+#.-]*$/.test(info) ? "" : `<span>${escapeHtml(info)}</span>`;
    return `<pre>${head}<code${attribute}>${escapeHtml(tokens[at].content)}</code></pre>\n`;
  },
});

// The words that stand for a picture: markdown-it leaves out code, and knows no mathematics.
parser.renderer.renderInlineAsText = (tokens) => tokens.map(({ type, content, children }) =>
  /break$/.test(type) ? "\n" : type === "image" ? parser.renderer.renderInlineAsText(children) : content).join("").replaceAll("/>", "/ >"); // DOMPurify drops attributes with that

const nameOf = (definition) => parser.utils.normalizeReference(/^\s*\[((?:[^\\\]]|\\[^])*)/.exec(definition)?.[1] ?? "");

/**
 * The definitions that nothing in the text refers to. In CommonMark a definition shows nothing, and "[Anna]: Hello"
 * is one: what is not used stays in view.
 * @param {string} text all of it
 * @param {Record<string, unknown>} links its definitions
 * @returns {Set<string>}
 */
export function unusedIn(text, links) {
  const unused = new Set(Object.keys(links));
  if (!unused.size) return unused;
  for (const { 0: { length }, 1: name, index } of text.matchAll(/\[((?:[^\\[\]]|\\[^])+)\]/g)) {
    const isDefinition = text[index + length] === ":" && /(?:^|\n)[\s>*+\d.)-]*$/.test(text.slice(Math.max(0, index - 40), index));
    if (!isDefinition) unused.delete(parser.utils.normalizeReference(name));
  }
  return unused;
}

/**
 * @param {{text: string, outline: number[]}} block as `BlockSplitter` cut it
 * @param {Record<string, {href: string, title: string}>} [links] definitions from elsewhere in the text; those in
 *   the block are added
 * @param {Set<string>} [unused] those that are to be shown; not known before the end of the text
 * @returns {string} HTML
 */
export function htmlOf({ text, outline }, links = {}, unused = new Set()) {
  return parser.render(text, { references: links, outline: [...outline], unused });
}
