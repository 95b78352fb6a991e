/** Markdown to DOM: marked parses, DOMPurify decides what may stay. The one place where HTML is parsed. */
import "/vendor/marked/marked.umd.min.js";
import "/vendor/dompurify/purify.min.js";
import { matchBlockMath, matchInlineMath, nextBlockMath, nextInlineMath } from "./math-syntax.js";

const { marked, DOMPurify } = globalThis;

// Debian 12's DOMPurify (2.4.1+dfsg+~2.4.0-2+deb12u1) reads a variable `shadowNode` in sanitize() that its
// backport of the nesting limit never declared there, and throws. A harmless one lets it go on; the limit itself
// is enforced a few lines below that, on each node. A repaired package does not look at this.
globalThis.shadowNode ??= Object.freeze({ __depth: 0 });

const escaped = (text) => text.replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark]);

const math = (name, level, match, next) => ({
  name,
  level,
  start: (source) => { const at = next(source); return at < 0 ? undefined : at; },
  tokenizer(source) {
    const found = match(source);
    return found && { type: name, ...found };
  },
  renderer: ({ tex, display }) => display ? `<span class="math math--display">${escaped(tex)}</span>` : `<span class="math">${escaped(tex)}</span>`,
});

marked.use({
  gfm: true,
  mangle: false,
  headerIds: false,
  extensions: [
    math("mathBlock", "block", matchBlockMath, nextBlockMath),
    math("mathInline", "inline", matchInlineMath, nextInlineMath),
  ],
  renderer: {
    // DOMPurify drops these attributes anyway; but parsing them alone makes the browser report a violation of the
    // content security policy, and those reports should mean something.
    html: (text) => text.replace(/\s(?:on\w+|style)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*)/gi, " "),
    // The page has the first heading, the message the second: what the model wrote comes below.
    heading: (text, level) => `<h${Math.min(6, level + 2)}>${text}</h${Math.min(6, level + 2)}>\n`,
  },
});

const allowed = {
  ALLOWED_TAGS: [
    "p",
    "br",
    "hr",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "s",
    "del",
    "ins",
    "sub",
    "sup",
    "kbd",
    "mark",
    "small",
    "abbr",
    "q",
    "cite",
    "a",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "code",
    "samp",
    "var",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "caption",
    "details",
    "summary",
    "img",
    "input",
    "span",
    "div",
  ],
  ALLOWED_ATTR: [
    "href",
    "src",
    "alt",
    "title",
    "class",
    "start",
    "align",
    "colspan",
    "rowspan",
    "type",
    "checked",
    "disabled",
    "open",
  ],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  guards[node.nodeName]?.(node);
  // Our own class names are not for models: they could dress text up as a part of the page.
  if (node.hasAttribute?.("class") && !/^(language-[\w+#.-]+|math|math math--display)$/.test(node.className)) node.removeAttribute("class");
});

const guards = {
  A(link) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  },
  IMG(image) {
    const source = image.getAttribute("src") ?? "";
    if (/^data:image\/(png|jpeg|gif|webp|avif);/i.test(source) || isOurs(source)) return image.setAttribute("loading", "lazy");
    // A foreign image would tell its host who reads this; a link leaves that to the person.
    const link = document.createElement("a");
    link.textContent = image.alt || source || "image";
    if (/^https?:/i.test(source)) link.href = source;
    guards.A(link);
    image.replaceWith(link);
  },
  INPUT(input) {
    if (input.type !== "checkbox") return input.remove();
    input.disabled = true;
    input.setAttribute("aria-label", input.checked ? "done" : "to do");
  },
};

function isOurs(source) {
  try {
    return source !== "" && new URL(source, location.origin).origin === location.origin;
  } catch {
    return false;
  }
}

/**
 * @param {string} text Markdown
 * @param {Record<string, {href: string, title?: string}>} [links] reference definitions from elsewhere in the
 *   text; those found here are added
 * @returns {DocumentFragment} safe to show
 */
export function render(text, links = {}) {
  const lexer = new marked.Lexer();
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(text);
  Object.assign(links, lexer.tokens.links);
  // Style sheets go with their content, as templates do; a parsed one would be reported as a violation of the CSP.
  const html = marked.Parser.parse(tokens).replace(/<(\/?)style\b/gi, "<$1template");
  return DOMPurify.sanitize(html, allowed);
}
