/** The stretch of a conversation that is at hand: however long it is, a few pages of its messages. */

/** How many messages are read at once. */
const pageSize = 50;

/** How many are kept; reading on at one end lets go at the other. */
const mostMessages = 150;

export class MessageWindow {
  /** @type {object[]} as the API has them, the oldest first; one message stays one object */
  messages = [];
  /** Where older messages go on; null at the beginning. */
  older = null;
  /** After which message newer ones go on; null at the end. */
  newer = null;
  #read;

  /** @param {(query: object) => Promise<{items: object[], next_cursor: string|null, newer_cursor?: string|null}>} read */
  constructor(read) {
    this.#read = read;
  }

  /**
   * Reads the page at a place, and shows that instead.
   * @param {{from: "start"|"end"}|{around: string}} place
   * @param {object[]} [kept] messages that are at hand though they are not shown
   * @returns {Promise<object[]>} the messages known before that are not as they were
   */
  async show(place, kept = []) {
    const page = await this.#page(place);
    const { messages, changed } = this.#adopt(page.items, kept);
    this.#become(messages, page.next_cursor, page.newer_cursor);
    return changed;
  }

  /** Reads the newest page again; what joins on to it stays. Returns what `show` does. */
  async renew(kept = []) {
    const page = await this.#page({ from: "end" });
    const first = page.items[0]?.id;
    const overlap = this.messages.findIndex(({ id }) => id === first);
    const { messages, changed } = this.#adopt(page.items, kept);
    const before = overlap > 0 ? this.messages.slice(0, overlap) : [];
    this.#become([...before, ...messages], before.length ? this.older : page.next_cursor, null);
    return changed;
  }

  /** Reads on towards the beginning; lets go of the end, unless `isEndKept`. */
  async readOlder({ isEndKept = false } = {}) {
    const cursor = this.older;
    const page = await this.#page({ cursor });
    if (this.older !== cursor) return; // something else is shown by now
    this.messages.unshift(...this.#adopt(page.items).messages);
    this.older = page.next_cursor;
    if (isEndKept || this.messages.length <= mostMessages) return;
    this.messages.length = mostMessages;
    this.newer = this.messages.at(-1).id;
  }

  /** Reads on towards the end; lets go of the beginning. @param {object[]} [kept] as for `show` */
  async readNewer(kept = []) {
    const after = this.newer;
    const page = await this.#page({ after });
    if (this.newer !== after) return;
    this.messages.push(...this.#adopt(page.items, kept).messages);
    this.newer = page.newer_cursor ?? null;
    const surplus = this.messages.length - mostMessages;
    if (surplus <= 0) return;
    this.messages.splice(0, surplus);
    this.older = this.messages[0].parent_id;
  }

  /**
   * Puts others in the place of everything from a message on; they are the end then.
   * @param {object|null} from null appends
   * @returns {() => void} brings back what was there, if the new ones are still there
   */
  replaceFrom(from, ...messages) {
    const at = from ? this.messages.indexOf(from) : this.messages.length;
    const replaced = this.messages.splice(at, Infinity, ...messages);
    const { newer } = this;
    this.newer = null;
    return () => {
      const back = this.messages.indexOf(messages[0]);
      if (back < 0) return;
      this.messages.splice(back, messages.length, ...replaced);
      this.newer = newer;
    };
  }

  #page(place) {
    return this.#read({ limit: pageSize, ...place });
  }

  #become(messages, older, newer = null) {
    Object.assign(this, { messages, older, newer });
  }

  // What is the same stays as it is: where it is scrolled to, what is selected in it.
  #adopt(items, kept = []) {
    const known = new Map([...this.messages, ...kept].map((message) => [message.id, message]));
    const changed = [];
    const messages = items.map((item) => {
      const message = known.get(item.id);
      if (!message || kept.includes(message)) return message ?? item;
      const isSame = message.text === item.text && message.generation?.state === item.generation?.state
        && message.sibling_ids.join() === item.sibling_ids.join();
      if (!isSame) changed.push(Object.assign(message, item));
      return message;
    });
    return { messages, changed };
  }
}
