/** One answer being written: its message is kept up to date from the first event of its generation to the last. */
import { Problem, api, at } from "./api.js";
import { followGeneration } from "./generation-stream.js";
import { news } from "./news.js";

/** What the end of a generation tells, as far as it tells it. */
const outcomeFields = [
  "finish_reason",
  "first_token_ms",
  "finished_ms",
  "created_ms",
  "started_ms",
  "reasoning_duration_ms",
  "prompt_tokens",
  "completion_tokens",
  "reasoning_tokens",
  "cached_tokens",
  "cost_nano_usd",
  "cost_estimated",
  "error",
  "model",
  "model_name",
  "provider",
  "requested_model",
];

const liveStates = new Set(["queued", "running"]);

/** Whether a message is an answer that is not complete, and more may come. */
export function isLive({ generation }) {
  return liveStates.has(generation?.state);
}

/**
 * @typedef {object} Watcher what is told of a run
 * @property {(ids: object) => void} named the server has it, under these ids
 * @property {(kind: "reasoning"|"text", piece: string) => void} wrote the message has these words more
 * @property {() => void} revised the message's words are others than were shown
 * @property {() => void} finished nothing more comes; the message says how it ended
 * @property {(isConnected: boolean) => void} connection
 * @property {() => void} missing the server knows no such answer
 */

export class AnswerRun {
  isStopWanted = false;
  #isCut = false;
  #end = null;
  #open;
  #signal;
  #watcher;

  /**
   * @param {{answer: object, question?: object|null, generationId?: string|null, signal: AbortSignal, watcher: Watcher,
   *   open?: () => Promise<ReadableStream>}} options `open` asks for a new answer; without it, one that runs is joined
   */
  constructor({ answer, question = null, generationId = null, open, signal, watcher }) {
    Object.assign(this, { answer, question, generationId });
    this.#open = open ?? (() => this.#resume(generationId, null));
    this.#signal = signal;
    this.#watcher = watcher;
  }

  /** Settles at the end of the answer. Throws what refused it, and an AbortError when nobody watches any more. */
  async follow() {
    const ended = new Promise((resolve) => { this.#end = resolve; });
    const events = followGeneration({
      open: this.#open,
      generationId: this.generationId,
      resume: (id, lastId) => this.#resume(id, lastId),
      wait: (ms) => this.#pause(ms),
      wakes: news,
      isFinal: (error) => error instanceof Problem && !error.isPassing,
      onConnection: (isConnected) => { this.#isCut = !isConnected; this.#watcher.connection(isConnected); },
    });
    const takeAll = async () => { for await (const event of events) this.#take(event); };
    try {
      const outcome = await Promise.race([takeAll(), ended]);
      if (outcome) this.#settle(outcome);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (!this.generationId) throw asProblem(error);
      await this.#rescue();
    }
  }

  /** Asks the server to stop; the stream then ends by itself. */
  async stop() {
    this.isStopWanted = true;
    if (!this.generationId) return; // told as soon as there is something to stop
    const generation = await api.post(at`/generations/${this.generationId}/stop`);
    if (this.#isCut && generation.state !== "running") this.#end(generation);
  }

  async #resume(generationId, lastId) {
    const headers = lastId ? { "last-event-id": lastId } : {};
    return (await api.stream(at`/generations/${generationId}/events`, { headers, signal: this.#signal })).body;
  }

  #take({ type, data }) {
    const { answer } = this;
    const piece = data.text ?? "";
    switch (type) {
      case "generation": return this.#named(data);
      case "reasoning":
        answer.reasoning = (answer.reasoning ?? "") + piece;
        return this.#watcher.wrote("reasoning", piece);
      case "delta":
        answer.text += piece;
        return this.#watcher.wrote("text", piece);
      case "revised": // what was shown as text was thoughts, or the other way round
        Object.assign(answer, { text: piece, reasoning: data.reasoning || null });
        return this.#watcher.revised();
      case "usage": return void Object.assign(answer.generation, data);
      case "done": return this.#settle(data);
      case "error": return this.#settle({ state: "failed", error: data });
    }
  }

  #named(data) {
    const { answer, question } = this;
    const isOurs = !this.generationId; // not one that was joined
    this.generationId = data.generation_id;
    if (!isOurs && (answer.text || answer.reasoning)) { // all words come again: some were revised meanwhile
      Object.assign(answer, { text: "", reasoning: null });
      this.#watcher.revised();
    }
    if (question) {
      question.id = data.user_message_id;
      delete question.state;
    }
    Object.assign(answer, { id: data.message_id, parent_id: data.user_message_id });
    Object.assign(
      answer.generation,
      { id: data.generation_id, state: "running", model: data.model, model_name: data.model_name },
    );
    this.#watcher.named(data, isOurs);
    if (this.isStopWanted) this.stop().catch(() => {});
  }

  #settle({ state, ...rest }) {
    const { generation } = this.answer;
    for (const name of outcomeFields) if (rest[name] !== undefined && rest[name] !== null) generation[name] = rest[name];
    generation.state = state ?? "completed";
    this.#watcher.finished();
  }

  /** The stream is gone for good: the record of the generation says how it ended. */
  async #rescue() {
    try {
      const { text, reasoning, ...generation } = await api.get(at`/generations/${this.generationId}`, { signal: this.#signal });
      if (isLive({ generation })) throw new Error("still running, but its stream is gone");
      const { answer } = this;
      if (text !== answer.text || reasoning !== answer.reasoning) { // what is missing, or was revised unseen
        Object.assign(answer, { text, reasoning });
        this.#watcher.revised();
      }
      answer.generation = generation;
      this.#watcher.finished();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (error.status === 404) this.#watcher.missing(); // the whole conversation may be gone
      const detail = "The connection to this answer was lost. Load the page again to see what has arrived.";
      this.#settle({ state: "failed", error: { code: "unreachable", detail } });
    }
  }

  // Waits, or less when the page or the network comes back meanwhile.
  #pause(ms) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      news.addEventListener(
        "wake",
        () => { clearTimeout(timer); resolve(); },
        { once: true, signal: this.#signal },
      );
      this.#signal.addEventListener(
        "abort",
        () => { clearTimeout(timer); reject(new DOMException("nobody watches", "AbortError")); },
        { once: true },
      );
    });
  }
}

function asProblem(error) {
  return error instanceof Problem ? error : new Problem({
    code: "unreachable",
    detail: "The connection broke off before the server confirmed the message.",
  });
}
