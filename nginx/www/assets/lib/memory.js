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

const begunHere = "draft.new";
const tabKey = `${prefix}tab`;

/**
 * Whose the conversation not begun yet is: each tab has its own, through reloads; what a closed one left goes to the
 * next new one. A lock tells which tabs there are.
 */
class Tab {
  #isNew;
  #letGo = () => {};

  constructor() {
    try {
      this.id = sessionStorage.getItem(tabKey);
    } catch {
      this.id = null; // forbidden, or there is no browser
    }
    this.#isNew = this.id === null;
    this.#become(this.id ?? crypto.randomUUID());
    /** Settles when what belongs to this tab is known. */
    this.settled = globalThis.document && navigator.locks ? this.#settle() : Promise.resolve();
  }

  get key() {
    return `${begunHere}.${this.id}`;
  }

  async #settle() {
    // A page held by a lock would not come into the browser's cache, from which going back is instant.
    window.addEventListener("pagehide", () => this.#letGo());
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#hold());
    if (!(await this.#hold())) {
      const copy = memory.get(this.key);
      this.#become(crypto.randomUUID()); // a copy of another tab
      memory.set(this.key, copy);
      await this.#hold();
    } else if (this.#isNew) {
      await navigator.locks.request(`${tabKey}s`, () => this.#inherit());
    }
  }

  #become(id) {
    this.id = id;
    try {
      sessionStorage.setItem(tabKey, id);
    } catch {
      // Then this page has it as long as it is there.
    }
  }

  /** Settles with whether this tab is the only one with its id. The page before a reload may be a moment in leaving. */
  #hold() {
    return new Promise((resolve) => {
      navigator.locks.request(`${tabKey}.${this.id}`, { signal: AbortSignal.timeout(1000) }, () => {
        resolve(true);
        return new Promise((done) => { this.#letGo = done; });
      }).catch(() => resolve(false));
    });
  }

  async #inherit() {
    const { held } = await navigator.locks.query();
    const there = new Set(held.map(({ name }) => `${begunHere}${name.slice(tabKey.length)}`));
    const left = memory.keys(begunHere).find((key) => !there.has(key));
    if (!left || memory.get(this.key)) return;
    memory.set(this.key, memory.get(left));
    memory.set(left, null);
  }
}

const tab = new Tab();

/**
 * The text being written in one conversation; `null` is the conversation not begun yet, which is this tab's own.
 * What is written over a message has the id of both: `conversation.message`.
 */
export const drafts = {
  settled: tab.settled,
  key: (conversationId) => (conversationId ? `draft.${conversationId}` : tab.key),
  get: (conversationId) => memory.get(drafts.key(conversationId)) ?? "",
  set: (conversationId, text) => memory.set(drafts.key(conversationId), text),
  clear: (conversationId) => memory.set(drafts.key(conversationId), null),
};

/** The models that step in where a conversation has not begun yet. */
export const firstFallbacks = {
  get: () => memory.list("fallbacks"),
  set: (ids) => memory.setList("fallbacks", ids),
};

/** The messages to be sent in one conversation, as `outbox` keeps them. */
export const queues = {
  start: "queue.",
  key: (conversationId) => queues.start + conversationId,
};

/** How long the server keeps what was deleted. */
const keptDeletedMs = 30 * 24 * 3_600_000;

/**
 * The conversations that were deleted here. What was being written in one, over its messages too, and what waited to
 * be sent stays as long as it can come back.
 */
export const deletions = {
  has: (id) => deletions.list().some(([deleted]) => deleted === id),
  list: () => memory.list("deleted").map((entry) => entry.split(" ")),
  add(id, nowMs = Date.now()) {
    const isOver = ([, ms]) => nowMs - Number(ms) > keptDeletedMs;
    for (const [gone] of deletions.list().filter(isOver)) {
      memory.forget(drafts.key(gone));
      memory.set(queues.key(gone), null);
    }
    deletions.keep([...deletions.list().filter((entry) => !isOver(entry)), [id, nowMs]]);
  },
  remove: (id) => deletions.keep(deletions.list().filter(([deleted]) => deleted !== id)),
  keep: (list) => memory.setList("deleted", list.map((entry) => entry.join(" "))),
};

/** The colour of the page's ground, for the browser's own frame around it; as `--paper` in base.css. */
const grounds = { light: "#fcfaf6", dark: "#161310" };

/** Shows the theme kept here: `light`, `dark`, or what the system says. */
export function applyTheme() {
  const kept = memory.get("theme");
  const theme = grounds[kept] ? kept : null;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    meta.content = grounds[theme ?? (meta.media.includes("dark") ? "dark" : "light")];
  }
}
