/**
 * What this browser remembers: drafts, messages to be sent, the theme, favourite models, the model used last.
 *
 * Storage may be full or forbidden (private windows); then things last as long as the page does.
 */

const prefix = "atelier.";

/** Key → text, kept in `storage` when it works, in memory in any case. */
export class Memory {
  #storage;
  #kept = new Map();

  /** @param {Storage|null} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  get(key) {
    if (this.#kept.has(key)) return this.#kept.get(key);
    try {
      return this.#storage?.getItem(prefix + key) ?? null;
    } catch {
      return null;
    }
  }

  /** Null or an empty text forgets. */
  set(key, text) {
    this.#kept.set(key, text || null);
    if (!this.#storage) return;
    try {
      if (text) this.#storage.setItem(prefix + key, text);
      else this.#storage.removeItem(prefix + key);
      this.#kept.delete(key);
    } catch {
      // Full or forbidden: what `#kept` holds is used instead.
    }
  }

  /** A list of texts; a damaged entry reads as empty. */
  list(key) {
    try {
      const value = JSON.parse(this.get(key) ?? "[]");
      return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
    } catch {
      return [];
    }
  }

  /** Adds `item` to the list, or takes it out; true when it is in now. */
  toggle(key, item) {
    const items = this.list(key);
    const rest = items.filter((other) => other !== item);
    if (rest.length === items.length) rest.push(item);
    this.setList(key, rest);
    return rest.length > items.length;
  }

  /** Keeps a list of texts; an empty one is forgotten. */
  setList(key, items) {
    this.set(key, items.length ? JSON.stringify(items) : null);
  }

  /** Every key that starts with `start` and has something. */
  keys(start) {
    let stored = [];
    try {
      stored = Object.keys(this.#storage ?? {}).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    } catch {
      // Forbidden: nothing was stored.
    }
    return [...new Set([...stored, ...this.#kept.keys()])].filter((key) => key.startsWith(start) && this.get(key) !== null);
  }

  /** Tells which key that starts with `start` another tab has changed. */
  watch(start, changed) {
    window.addEventListener("storage", ({ key }) => key?.startsWith(prefix + start) && changed(key.slice(prefix.length)));
  }

  /** Forgets every key that starts with `start`. */
  forget(start) {
    for (const key of this.keys(start)) this.set(key, null);
  }
}

function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // reading the property itself throws where storage is forbidden
  }
}

export const memory = new Memory(browserStorage());

/** The text being written in one conversation; `null` is the conversation not begun yet. */
export const drafts = {
  key: (conversationId) => `draft.${conversationId ?? "new"}`,
  get: (conversationId) => memory.get(drafts.key(conversationId)) ?? "",
  set: (conversationId, text) => memory.set(drafts.key(conversationId), text),
  clear: (conversationId) => memory.set(drafts.key(conversationId), null),
};

/** The messages to be sent in one conversation, as `outbox` keeps them. */
export const queues = {
  start: "queue.",
  key: (conversationId) => queues.start + conversationId,
};

/** Shows the theme kept here: `light`, `dark`, or what the system says. */
export function applyTheme() {
  const theme = memory.get("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
