/**
 * Messages that were written but are not known to be on the server, kept in this browser until they are.
 *
 * Each conversation has its own queue. A message in it waits for the end of the answer that runs, or its sending
 * failed, or the page went while it was on its way: its key makes repeating that harmless. Fires `change` with the id
 * of a conversation whose queue is another now, and `sent` with the ids the server gave to a message.
 */
import { Problem, api, at, locked } from "./api.js";
import { conversations } from "./conversations.js";
import { backoffMs } from "./generation-stream.js";
import { deletions, drafts, memory, queues } from "./memory.js";
import { news } from "./news.js";

/**
 * @typedef {object} Item a message to be sent
 * @property {string} key its `Idempotency-Key`
 * @property {string} text
 * @property {string|null} model
 * @property {boolean} isDue it is sent whatever became of the answer before it
 */

/** What is posted for a message; the same key always goes with the same bytes. */
export function bodyOf({ text, model }) {
  return { text, ...(model ? { model } : {}) };
}

export class Outbox extends EventTarget {
  #memory;
  /** Why a queue waits: the state the last answer ended in, or the problem of the first message. */
  #holds = new Map();
  #failures = new Map();
  #timers = new Map();
  #running = new Set();

  constructor(storage = memory) {
    super();
    this.#memory = storage;
  }

  /** @returns {Item[]} what is to be sent in a conversation, the first one first */
  items(id) {
    return this.#memory.list(queues.key(id)).map(parse).filter(Boolean);
  }

  /** @returns {{state: string}|{problem: import("./api.js").Problem}|null} why nothing is sent at the moment */
  hold(id) {
    return this.#holds.get(id) ?? null;
  }

  /** @returns {Item} the message as it is kept from now on; one that is due goes before those that wait */
  add(id, { text, model = null, isDue = false, key = crypto.randomUUID() }) {
    const item = { key, text, model, isDue };
    const items = this.items(id);
    items.splice(isDue ? items.filter((other) => other.isDue).length : items.length, 0, item);
    this.#keep(id, items);
    return item;
  }

  /**
   * The new wording goes under the key of the old one, which may have arrived unheard: the server then refuses it,
   * rather than both being said. Where the old one is known to have gone it is another message.
   */
  edit(id, key, text) {
    if (!this.items(id).some((item) => item.key === key)) return void this.add(id, { text });
    this.#keep(id, this.items(id).map((item) => (item.key === key ? { ...item, text } : item)));
  }

  /** The message has arrived, or is given up. */
  remove(id, key) {
    const items = this.items(id);
    if (items[0]?.key === key) this.#release(id);
    this.#keep(id, items.filter((item) => item.key !== key));
  }

  /** Sends the first message, if its turn has come; `isDue` says that it has. */
  async send(id, { isDue = false } = {}) {
    if (!this.items(id).length || deletions.has(id)) return; // what was deleted may come back, and its words with it
    try {
      await locked(`atelier.queue.${id}`, () => this.#sendFirst(id, isDue));
    } catch (problem) {
      this.fail(id, problem);
    }
  }

  /** The first message could not be sent. Tries again by itself where that may help. */
  fail(id, problem) {
    if (problem.status === 404) return this.#rescue(id);
    if (problem.code === "idempotency_key_reused") return this.#askFirst(id);
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#release(id);
    this.#holds.set(id, { problem });
    if (problem.isPassing) {
      this.#failures.set(id, failures);
      this.#timers.set(id, setTimeout(() => this.send(id), backoffMs(failures + 3, problem)));
    }
    this.#changed(id);
  }

  /** Goes on with what an earlier page left, and whenever there is reason to. */
  work() {
    for (const id of this.#ids()) this.send(id);
    conversations.addEventListener("change", () => this.#lookAround());
    news.addEventListener("wake", () => {
      for (const [id, { problem }] of this.#holds) if (problem?.isPassing) this.send(id);
    });
    this.#memory.watch(queues.start, (key) => this.#changed(key.slice(queues.start.length)));
    window.addEventListener("atelier:signed-in", () => { for (const id of this.#ids()) this.send(id); });
  }

  async #sendFirst(id, isDue) {
    const [item] = this.items(id); // another tab may have sent the one before
    if (!item) return;
    if (!item.isDue) {
      const state = await stateOfLast(id);
      if (state === "running" || state === "queued") return conversations.touch(id, { running: true });
      if (!isDue && state !== "completed") return this.#wait(id, state);
    }
    const ids = await api.post(at`/conversations/${id}/messages`, bodyOf(item), { headers: { "idempotency-key": item.key } });
    this.remove(id, item.key);
    if (conversations.find(id)) conversations.touch(id, { running: true, updated_ms: Date.now() });
    else conversations.ask(id).catch(() => {}); // the list can wait
    news.tell(id);
    this.dispatchEvent(new CustomEvent("sent", { detail: ids }));
  }

  /** What was written before has arrived: whether the new wording is said as well is for the person to say. */
  #askFirst(id) {
    const [item, ...rest] = this.items(id);
    this.#release(id);
    this.#holds.set(id, { problem: new Problem({ code: "said_before", detail: "What you had written first has arrived after all. “Try again” sends this wording as well." }) });
    this.#keep(id, [{ ...item, key: crypto.randomUUID() }, ...rest]);
    news.dispatchEvent(new CustomEvent("changed", { detail: id })); // it is to be seen
  }

  #wait(id, state) {
    this.#release(id);
    this.#holds.set(id, { state });
    this.#changed(id);
  }

  #release(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#failures.delete(id);
    this.#holds.delete(id);
  }

  /** The conversation is gone, its words are not: they are the draft of a new one. */
  #rescue(id) {
    const texts = this.items(id).map(({ text }) => text);
    drafts.set(null, [drafts.get(null), ...texts].filter(Boolean).join("\n\n"));
    this.#release(id);
    this.#keep(id, []);
  }

  /** An answer that ended where nobody looks makes room for the next message. */
  #lookAround() {
    for (const id of this.#ids()) {
      const isRunning = conversations.find(id)?.running ?? false;
      if (!isRunning && this.#running.delete(id)) this.send(id);
      else if (isRunning && !this.#running.has(id)) this.#begun(id);
    }
  }

  /** What the queue waited for is past. */
  #begun(id) {
    this.#running.add(id);
    if (!this.hold(id)?.state) return;
    this.#release(id);
    this.#changed(id);
  }

  #ids() {
    return this.#memory.keys(queues.start).map((key) => key.slice(queues.start.length));
  }

  #keep(id, items) {
    this.#memory.setList(queues.key(id), items.map((item) => JSON.stringify(item)));
    this.#changed(id);
  }

  #changed(id) {
    this.dispatchEvent(new CustomEvent("change", { detail: id }));
  }
}

/** How the last answer of a conversation stands; one with no message has nothing to wait for. */
async function stateOfLast(id) {
  const { items } = await api.get(at`/conversations/${id}/messages?limit=1`);
  return items.at(-1)?.generation?.state ?? "completed";
}

function parse(text) {
  try {
    const item = JSON.parse(text);
    return item.key && item.text ? item : null;
  } catch {
    return null;
  }
}

export const outbox = new Outbox();
if (globalThis.document) outbox.work();
