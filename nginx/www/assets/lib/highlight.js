/** Colours the code in an element, once the worker that can has been loaded. */
import { LimitedWorker } from "./limited-worker.js";

/** Longer code stays plain: colouring it would take longer than reading its beginning. */
const limitCharacters = 60_000;
const limitMs = 2000;

const worker = new LimitedWorker("highlight");

/** @param {HTMLElement} element holds the code as text @param {string} language as written after the fence */
export async function highlight(element, language) {
  const code = element.textContent;
  if (!language || /^(text|txt|plain|plaintext|none)$/i.test(language) || code.length > limitCharacters) return;
  // Without an answer it stays plain.
  const { tokens } = await worker.run({ code, language: language.toLowerCase() }, limitMs).catch(() => ({}));
  if (tokens && element.textContent === code) element.replaceChildren(...tokens.map(nodeOf));
}

function nodeOf(token) {
  if (typeof token === "string") return document.createTextNode(token);
  const [name, ...inner] = token;
  const span = document.createElement("span");
  span.className = name;
  span.append(...inner.map(nodeOf));
  return span;
}
