/**
 * Server-sent events out of text, by the rules of the HTML standard, section 9.2.6.
 *
 * A value without a socket: text in, events out, however the text was cut.
 */
export class EventStreamParser {
  #rest = "";
  #type = "";
  #data = [];
  #lastId = "";
  #begun = false;

  /** The id that `Last-Event-ID` has to carry to go on after what has been read. */
  get lastId() {
    return this.#lastId;
  }

  /**
   * @param {string} text the next piece of the stream
   * @returns {{type: string, data: string, id: string}[]} the events it completed
   */
  push(text) {
    if (!this.#begun && text) {
      this.#begun = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    const events = [];
    const lines = this.#lines(text);
    for (const line of lines) this.#line(line, events);
    return events;
  }

  // A CR at the very end may be half of a CRLF, so it waits for the next piece.
  #lines(text) {
    const whole = this.#rest + text;
    const cut = whole.endsWith("\r") ? whole.length - 1 : whole.length;
    const lines = whole.slice(0, cut).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() + whole.slice(cut);
    return lines;
  }

  #line(line, events) {
    if (line === "") return this.#dispatch(events);
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#lastId = value;
  }

  #dispatch(events) {
    if (this.#data.length) events.push({
      type: this.#type || "message",
      data: this.#data.join("\n"),
      id: this.#lastId,
    });
    this.#type = "";
    this.#data = [];
  }
}

/** The server sends a comment every 15 seconds: one may be late, two in a row are not. */
export const silenceMs = 40_000;

/**
 * Reads a response body as events. Ends where the body ends; throws what reading throws, and `StreamSilent`
 * when nothing, not even a comment, arrives for `silence` milliseconds.
 * @param {ReadableStream<Uint8Array>} body
 * @param {{silence?: number, wakes?: EventTarget}} [options]
 */
export async function* readEvents(body, { silence = silenceMs, wakes } = {}) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventStreamParser();
  try {
    for (;;) {
      const { done, value } = await within(silence, reader.read(), wakes);
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {}); // also when the consumer stops early: lets the connection go
  }
}

/** A connection that died without a word: a sleeping laptop, a changed network. */
export class StreamSilent extends Error {}

/**
 * What the promise gives, or `StreamSilent` when that takes longer. Timers stand still while a computer sleeps,
 * so the time is also looked at whenever `wakes` fires `wake`.
 */
export function within(ms, promise, wakes) {
  const began = Date.now();
  let timer, look;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new StreamSilent()), ms);
    look = () => { if (Date.now() - began >= ms) reject(new StreamSilent()); };
  });
  wakes?.addEventListener("wake", look);
  return Promise.race([promise, silence]).finally(() => {
    clearTimeout(timer);
    wakes?.removeEventListener("wake", look);
  });
}
