/** Markdown to DOM: the parser writes HTML, DOMPurify decides what may stay. The one place where HTML is parsed. */
import "/vendor/dompurify/purify.min.js";
import { LimitedWorker } from "./limited-worker.js";
import { htmlOf } from "./markdown-parser.js";

const { DOMPurify } = globalThis;

// Debian 12's DOMPurify (2.4.1+dfsg+~2.4.0-2+deb12u1) reads a variable `shadowNode` in sanitize() that its
// backport of the nesting limit never declared there, and throws. A harmless one lets it go on; the limit itself
// is enforced a few lines below that, on each node. A repaired package does not look at this.
globalThis.shadowNode ??= Object.freeze({ __depth: 0 });

/** A block of more characters may be slow and is rendered by the worker, but for code, which is only copied. */
const quickCharacters = 4000;

/**
 * What a block may cost before it is shown as it was written; what it may while it is written, when its last state stays
 * in view meanwhile; and what when the person asks for it all the same.
 */
const usualLimits = { ms: 100, elements: 8000 };
export const openLimits = { ms: 1000, elements: 8000 };
export const patientLimits = { ms: 10_000, elements: 100_000 };

const worker = new LimitedWorker("markdown");

const allowed = {
  ALLOWED_TAGS: "p br hr h3 h4 h5 h6 strong em s a ul ol li blockquote pre code table thead tbody tr th td img input span".split(" "),
  ALLOWED_ATTR: "href src alt title class start align type checked disabled".split(" "),
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

/** Whether a block can be rendered at once, on the page's own thread. */
export function isQuick({ text }) {
  return text.length <= quickCharacters || /^ {0,3}(?:`{3,}|~{3,})/.test(text);
}

/**
 * @param {{text: string, outline: number[]}} block
 * @param {Record<string, {href: string, title: string}>} links definitions from elsewhere in the text; those found
 *   here are added
 * @param {Set<string>} [unused] those of them that are to be shown
 * @returns {DocumentFragment} safe to show
 */
export function render(block, links, unused) {
  return sanitized(htmlOf(block, links, unused), block.text, usualLimits);
}

/** The same, away from the page; rejected for what is beyond the limits. */
export async function renderApart({ text, outline }, links, unused, limits = usualLimits) {
  const { html, links: found } = await worker.run({ block: { text, outline }, links, unused }, limits.ms);
  if (html === undefined) throw new Error("the parser gave up");
  for (const [name, link] of Object.entries(found)) links[name] ??= link;
  return sanitized(html, text, limits);
}

function sanitized(html, text, { elements }) {
  // A long address that is referred to again and again makes much of little.
  if (html.length > text.length * 20 + 20_000 || html.split("<").length > elements * 2) throw new Error("too much");
  return DOMPurify.sanitize(html, allowed);
}
