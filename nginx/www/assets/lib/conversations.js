/** The person's conversations, newest first, as far as they have been read. Fires `change`. */
import { api } from "./api.js";

const pageSize = 30;

/** How long the list waits before it asks whether an answer that runs elsewhere has ended. */
const watchMs = 4000;

/**
 * The heading a conversation stands under.
 * @param {number} updatedMs @param {number} nowMs
 * @returns {"Today"|"Yesterday"|"Previous 7 days"|"Earlier"}
 */
export function periodOf(updatedMs, nowMs) {
  const midnight = new Date(nowMs);
  midnight.setHours(0, 0, 0, 0);
  if (updatedMs >= midnight.getTime()) return "Today";
  midnight.setDate(midnight.getDate() - 1); // by calendar: a day has 23 or 25 hours twice a year
  if (updatedMs >= midnight.getTime()) return "Yesterday";
  midnight.setDate(midnight.getDate() - 6);
  return updatedMs >= midnight.getTime() ? "Previous 7 days" : "Earlier";
}

/** Consecutive conversations of one period, in the order given. */
export function groupByPeriod(items, nowMs) {
  const groups = [];
  for (const item of items) {
    const period = periodOf(item.updated_ms, nowMs);
    if (groups.at(-1)?.period === period) groups.at(-1).items.push(item);
    else groups.push({ period, items: [item] });
  }
  return groups;
}

class Conversations extends EventTarget {
  /** @type {"loading"|"ready"|"failed"} */
  state = "loading";
  #byId = new Map();
  #found = null;
  #cursor = null;
  #query = "";
  #turn = 0;
  #loadingMore = false;
  #watch = null;

  /** Those that match the search, or all; newest first. */
  get items() {
    return this.#found ?? [...this.#byId.values()].sort((a, b) => b.updated_ms - a.updated_ms || (a.id < b.id ? 1 : -1));
  }

  get query() {
    return this.#query;
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  find(id) {
    return this.#byId.get(id) ?? this.#found?.find((item) => item.id === id) ?? null;
  }

  /** Reads the first page; what is already known stays visible meanwhile. */
  async load(query = this.#query) {
    const turn = ++this.#turn;
    this.#query = query;
    if (!this.#byId.size) this.#become("loading");
    try {
      const page = await this.#page(null);
      if (turn !== this.#turn) return; // a later search has overtaken this one
      this.#cursor = page.next_cursor;
      if (query) this.#found = page.items;
      else this.#begin(page.items);
      this.#become("ready");
    } catch {
      if (turn === this.#turn) this.#become("failed");
    }
  }

  async loadMore() {
    if (!this.#cursor || this.#loadingMore) return;
    this.#loadingMore = true;
    const turn = this.#turn;
    try {
      const page = await this.#page(this.#cursor);
      if (turn !== this.#turn) return;
      this.#cursor = page.next_cursor;
      if (this.#found) this.#found = [...this.#found, ...page.items];
      else this.#keep(page.items);
      this.#become("ready");
    } finally {
      this.#loadingMore = false;
    }
  }

  /** Takes in a conversation as the server now has it. */
  put(conversation) {
    this.#keep([conversation]);
    if (this.#found) this.#found = this.#found.map((item) => (item.id === conversation.id ? conversation : item));
    this.#changed();
  }

  /** Changes what is known of one, until the server says otherwise. */
  touch(id, changes) {
    const known = this.find(id);
    if (known) this.put({ ...known, ...changes });
  }

  async rename(id, title) {
    this.put(await api.patch(`/conversations/${id}`, { title }));
  }

  async remove(id) {
    await api.delete(`/conversations/${id}`);
    this.#byId.delete(id);
    this.#found = this.#found?.filter((item) => item.id !== id) ?? null;
    this.#changed();
  }

  /** Everything goes, for the next person at this computer. */
  forget() {
    this.#turn += 1;
    this.#byId.clear();
    Object.assign(this, { state: "loading" });
    this.#found = null;
    this.#cursor = null;
    this.#query = "";
    clearTimeout(this.#watch);
  }

  #page(cursor) {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (cursor) query.set("cursor", cursor);
    if (this.#query) query.set("q", this.#query);
    return api.get(`/conversations?${query}`);
  }

  // A fresh first page replaces what it covers; older ones stay as they were read.
  #begin(items) {
    this.#found = null;
    const oldest = items.at(-1)?.updated_ms ?? Infinity;
    for (const [id, known] of this.#byId) {
      if (!this.#cursor || known.updated_ms >= oldest) this.#byId.delete(id);
    }
    this.#keep(items);
  }

  #keep(items) {
    for (const item of items) this.#byId.set(item.id, item);
  }

  #become(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
    clearTimeout(this.#watch);
    if (this.items.some((item) => item.running)) this.#watch = setTimeout(() => this.#look(), watchMs);
  }

  // The one that is open tells of its end by itself; those elsewhere have to be asked.
  async #look() {
    if (document.hidden) return void (this.#watch = setTimeout(() => this.#look(), watchMs));
    const running = this.items.filter((item) => item.running);
    const fresh = await Promise.allSettled(running.map((item) => api.get(`/conversations/${item.id}`)));
    for (const { value } of fresh) if (value && this.#byId.has(value.id)) this.#byId.set(value.id, value);
    this.#changed();
  }
}

export const conversations = new Conversations();
