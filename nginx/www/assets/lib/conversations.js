/** The person's conversations, newest first, as far as they have been read. Fires `change`. */
import { api, at } from "./api.js";
import { deletions } from "./memory.js";
import { news } from "./news.js";

const pageSize = 30;

/** The server takes 480 bytes, which 160 letters of any script fit into. */
const longestQuery = 160;

/** Coming back to the page twice in this time is one reason to look, not two. */
const freshMs = 2000;

/**
 * How long the list waits before it looks again whether an answer that runs elsewhere has ended: a few seconds,
 * then ever longer.
 * @param {number} looks how often it has looked since that answer began
 */
export function watchMs(looks) {
  return Math.min(30_000, Math.round(3000 * 1.5 ** looks));
}

/** The headings of the list, in its order. */
export const periods = ["Today", "Yesterday", "Previous 7 days", "Earlier"];

/**
 * The heading a conversation stands under.
 * @param {number} updatedMs @param {number} nowMs
 * @returns {string} one of `periods`
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
  #watched = "";
  #looks = 0;
  #refreshedAt = 0;
  #asking = new Map();
  /** When each was last put: what was asked for before then is older than what is known. */
  #putAt = new Map();

  constructor() {
    super();
    news.addEventListener("wake", () => performance.now() - this.#refreshedAt > freshMs && this.refresh());
    news.addEventListener("changed", ({ detail: id }) => this.state === "ready" && this.ask(id).catch(() => {})); // the row can wait
  }

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
    const asked = performance.now();
    try {
      const page = await this.#page(null);
      if (turn !== this.#turn) return; // a later search has overtaken this one
      this.#cursor = page.next_cursor;
      this.#found = query ? page.items : null;
      if (!query) this.#renew(page, asked);
      this.#become("ready");
    } catch {
      if (turn === this.#turn) this.#become("failed");
    }
  }

  /** Looks again, unseen: what has changed elsewhere, and which answers have ended. Fails without a word. */
  async refresh() {
    if (this.state === "failed") return this.load();
    if (this.state === "loading") return;
    const turn = this.#turn;
    const asked = this.#refreshedAt = performance.now();
    const running = this.items.filter((item) => item.running);
    try {
      const page = await this.#page(null, "");
      if (turn !== this.#turn) return;
      this.#renew(page, asked);
      const listed = new Set(page.items.map(({ id }) => id));
      await Promise.allSettled(running.filter(({ id }) => !listed.has(id)).map(({ id }) => this.ask(id)));
      this.#found &&= this.#found.map((item) => this.#byId.get(item.id) ?? item);
    } catch {
      // The next time will do.
    }
    this.#changed();
  }

  /** One conversation as the server has it now, which the list then shows; asked once for all who ask at one moment. */
  ask(id) {
    if (!this.#asking.has(id)) {
      this.#asking.set(id, this.#ask(id));
      setTimeout(() => this.#asking.delete(id)); // who asks later has heard something newer
    }
    return this.#asking.get(id);
  }

  async #ask(id) {
    const asked = performance.now();
    try {
      const conversation = await api.get(at`/conversations/${id}`);
      if (this.#isOlder(id, asked)) this.put(conversation);
      return conversation;
    } catch (problem) {
      if (problem.status === 404) this.#drop(id);
      throw problem;
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
    this.#putAt.set(conversation.id, performance.now());
    this.#keep([conversation]);
    if (this.#found) this.#found = this.#found.map((item) => (item.id === conversation.id ? conversation : item));
    this.#changed();
  }

  /** Changes what is known of one, until the server says otherwise. */
  touch(id, changes) {
    const known = this.find(id);
    if (known) this.put({ ...known, ...changes });
  }

  /** Changes one on the server: its title, its model, … */
  async change(id, changes) {
    this.put(await api.patch(at`/conversations/${id}`, changes));
    news.tell(id);
  }

  /** Deletes one; what was being written in it stays here, for it may be restored. */
  async remove(id) {
    deletions.add(id); // first: nothing is sent to it any more
    try {
      await api.delete(at`/conversations/${id}`);
    } catch (problem) {
      deletions.remove(id);
      throw problem;
    }
    this.#drop(id);
    news.tell(id);
  }

  /** Brings back one that was deleted. */
  async restore(id) {
    const conversation = await api.post(at`/conversations/${id}/restore`);
    deletions.remove(id);
    this.put(conversation);
    if (this.#found) await this.load(); // it may be one of those that are searched for
    news.tell(id);
  }

  /** A page of those that were deleted and can be brought back, the last deleted first. */
  deleted(cursor) {
    return api.get(`/conversations?${new URLSearchParams({ deleted: "true", limit: String(pageSize), ...(cursor ? { cursor } : {}) })}`);
  }

  #drop(id) {
    this.#byId.delete(id);
    this.#found = this.#found?.filter((item) => item.id !== id) ?? null;
    this.#changed();
  }

  /** Everything goes, for the next person at this computer. */
  forget() {
    this.#turn += 1;
    this.#byId.clear();
    this.#putAt.clear();
    Object.assign(this, { state: "loading" });
    this.#found = null;
    this.#cursor = null;
    this.#query = "";
    this.#watchFor("");
  }

  #page(cursor, query = this.#query) {
    const parameters = new URLSearchParams({ limit: String(pageSize) });
    if (cursor) parameters.set("cursor", cursor);
    if (query) parameters.set("q", query.slice(0, longestQuery));
    return api.get(`/conversations?${parameters}`);
  }

  // A fresh first page replaces what it covers; older ones stay as they were read.
  #renew({ items, next_cursor }, asked) {
    const oldest = next_cursor ? items.at(-1).updated_ms : -Infinity;
    for (const { id, updated_ms } of [...this.#byId.values()]) {
      if (updated_ms >= oldest && this.#isOlder(id, asked)) this.#byId.delete(id);
    }
    this.#keep(items.filter(({ id }) => this.#isOlder(id, asked)));
  }

  #isOlder(id, asked) {
    return (this.#putAt.get(id) ?? 0) <= asked;
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
    this.#watchFor(this.items.filter((item) => item.running).map(({ id }) => id).join());
  }

  // While an answer runs the list looks for its end, as long as somebody sees it; coming back is a reason of its own.
  #watchFor(running) {
    if (running === this.#watched && this.#watch) return;
    if (running !== this.#watched) this.#looks = 0;
    this.#watched = running;
    clearTimeout(this.#watch);
    this.#watch = running ? setTimeout(() => this.#look(), watchMs(this.#looks)) : null;
  }

  #look() {
    this.#watch = null;
    this.#looks += 1;
    if (!document.hidden) this.refresh();
  }
}

export const conversations = new Conversations();
