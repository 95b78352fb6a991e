/**
 * One conversation as somebody works in it, also before it has begun: it is made on the server with its first message.
 *
 * It knows nothing of a page. Fires `thread` when there are messages to show, `begun` when the first message has
 * arrived, `change` when more is known of it, and `gone` with the problem when it is not there any more.
 */
import { Problem, api, at } from "./api.js";
import { conversations } from "./conversations.js";
import { firstFallbacks } from "./memory.js";
import { Thread } from "./thread.js";

/** When the title is looked at again after the first answer: a model may have thought of a better one. */
const titleChecksMs = [1500, 4000, 9000];

/** The network may not be there yet when a computer wakes. */
const lookAgainMs = 5000;

export class Chat extends EventTarget {
  /** @type {object|null} as the server has it; null until it has begun */
  conversation = null;
  /** @type {Thread|null} */
  thread = null;
  /** What was made for a first message that has not arrived, and that message. */
  #made = null;
  #text = "";
  #isRefused = false;
  #isLeft = false;
  #timers = [];

  /** @param {object|null} conversation null for a new one */
  constructor(conversation) {
    super();
    this.conversation = conversation;
    if (conversation) this.#use(conversation.id);
  }

  /** Nobody looks any more. What is on its way goes on. */
  leave() {
    this.#isLeft = true;
    this.#timers.forEach(clearTimeout);
    this.thread?.leave();
    // One whose first message was refused, and given up, is nothing anybody wants to find in the list.
    if (this.#isRefused && this.#made) api.delete(at`/conversations/${this.#made.id}`).catch(() => {});
  }

  /** Makes what is needed before the first message is sent: once, however often that is tried. */
  async begin(text, model) {
    if (this.thread) return;
    const fallbacks = firstFallbacks.get();
    this.#made ??= await api.post("/conversations", {
      ...(model ? { model } : {}),
      ...(fallbacks.length ? { fallback_models: fallbacks } : {}),
    });
    this.#text = text;
    this.#isRefused = false;
    this.#use(this.#made.id);
  }

  /** What was sent was refused: a conversation that has not begun is as it was before. */
  refuse() {
    if (this.conversation) return;
    this.#isRefused = true;
    this.thread?.leave();
    this.thread = null;
  }

  /** Answers, messages and titles may have come about elsewhere. */
  async lookAgain() {
    if (!this.conversation) return;
    try {
      const conversation = await conversations.ask(this.conversation.id);
      if (this.#isLeft) return;
      this.#know(conversation);
      await this.thread.catchUp(conversation);
    } catch (problem) {
      if (this.#isLeft || problem.name === "AbortError") return;
      if (problem.status === 404) this.#fire("gone", problem);
      else if (problem.isPassing) this.#timers.push(setTimeout(() => this.lookAgain(), lookAgainMs));
    }
  }

  /** Which models are asked when the chosen one fails. Throws the problem, and leaves them as they were. */
  async keepFallbacks(ids) {
    const { fallback_models: before } = this.conversation;
    this.#know({ ...this.conversation, fallback_models: ids });
    try {
      await conversations.change(this.conversation.id, { fallback_models: ids });
    } catch (problem) {
      this.#know({ ...this.conversation, fallback_models: before });
      throw problem;
    }
  }

  #use(id) {
    const thread = this.thread = new Thread(id);
    const on = (name, run) => thread.addEventListener(name, ({ detail }) => thread === this.thread && run(detail));
    on("acknowledged", () => this.#acknowledged());
    on("behind", () => this.lookAgain());
    on("done", () => this.#watchTitle());
    this.#fire("thread");
  }

  #acknowledged() {
    const isNow = { running: true, updated_ms: Date.now() };
    if (this.conversation) {
      const { id } = this.conversation;
      return conversations.put({ ...(conversations.find(id) ?? this.conversation), ...isNow });
    }
    this.conversation = { ...this.#made, title: this.#made.title || beginningOf(this.#text), ...isNow };
    firstFallbacks.set([]);
    conversations.put(this.conversation);
    this.#fire("begun");
    this.#refresh();
  }

  #watchTitle() {
    if (this.#isLeft || this.thread.messages.length > 2) return;
    const check = async () => {
      await this.#refresh();
      if (this.conversation.title_source !== "text") this.#timers.forEach(clearTimeout);
    };
    this.#timers = titleChecksMs.map((ms) => setTimeout(check, ms));
  }

  async #refresh() {
    try {
      this.#know(await conversations.ask(this.conversation.id));
    } catch {
      // The title can wait.
    }
  }

  #know(conversation) {
    this.conversation = conversation;
    this.#fire("change");
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The first words, as the title until the server has one. */
export function beginningOf(text) {
  const line = text.trim().split("\n")[0];
  return line.length > 60 ? `${line.slice(0, 60).replace(/\s+\S*$/, "")}…` : line;
}

/**
 * What to say when a message could not be sent, and what helps.
 * @returns {{text: string, remedy: "again"|"model"|"new"|null}}
 */
export function adviceFor(problem) {
  const { code, message, retryAfterS } = problem;
  switch (code) {
    case "unreachable": return { text: `${message} Your text is kept.`, remedy: "again" };
    case "busy": {
      const when = retryAfterS ? `in ${retryAfterS} s` : "in a moment";
      return { text: `The server is busy. Your text is kept; try again ${when}.`, remedy: "again" };
    }
    case "model_unknown":
      return { text: "This model is no longer offered. Your text is kept; choose another model.", remedy: "model" };
    case "invalid_body":
    case "body_too_large":
      return { text: `${message.replace(/^text /, "The message ")} Your text is kept; change it and send it again.`, remedy: null };
    case "not_found":
      return { text: "This conversation was deleted elsewhere. Your text is kept; copy it into a new one.", remedy: "new" };
  }
  const what = problem instanceof Problem ? message : "The page could not send this.";
  return { text: `${what} Your text is kept.`, remedy: "again" };
}
