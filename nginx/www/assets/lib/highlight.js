/** Colours the code in an element, once the worker that can has been loaded. */

/** Longer code stays plain: colouring it would take longer than reading its beginning. */
const limitCharacters = 60_000;

const waiting = new Map();
let worker = null;
let lastId = 0;

/** @param {HTMLElement} element holds the code as text @param {string} language as written after the fence */
export function highlight(element, language) {
  const code = element.textContent;
  if (!language || /^(text|txt|plain|plaintext|none)$/i.test(language) || code.length > limitCharacters) return;
  worker ??= start();
  lastId += 1;
  waiting.set(lastId, { element, code });
  worker?.postMessage({ id: lastId, code, language: language.toLowerCase() });
}

function start() {
  const url = new URL("./highlight-worker.js", import.meta.url);
  // Only this one address becomes a script, wherever Trusted Types are required.
  const policy = globalThis.trustedTypes?.createPolicy("atelier-worker", { createScriptURL: () => url.href });
  const started = new Worker(policy ? policy.createScriptURL("") : url.href, { type: "module" });
  started.addEventListener("message", ({ data: { id, tokens } }) => {
    const { element, code } = waiting.get(id);
    waiting.delete(id);
    if (tokens && element.textContent === code) element.replaceChildren(...tokens.map(nodeOf));
  });
  started.addEventListener("error", () => waiting.clear());
  return started;
}

function nodeOf(token) {
  if (typeof token === "string") return document.createTextNode(token);
  const [name, ...inner] = token;
  const span = document.createElement("span");
  span.className = name;
  span.append(...inner.map(nodeOf));
  return span;
}
