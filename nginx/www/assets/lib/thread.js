/**
 * One conversation as it is shown: a stretch of its messages, the answer being written, and what may be asked for.
 *
 * It knows nothing of a page. Fires `change` (other messages are shown), `update` with a message that is not as it
 * was, `ask` (something new stands at the end), `named` with a message that has its id now, `write` with
 * `{message, kind, piece}`, `finish` with the answer that is complete, `run` (an answer began or ended),
 * `acknowledged` with the ids the server gave, `connection` with whether the stream is connected, `behind` (other
 * messages may be there by now), and `done` with the answer that ended.
 */
import { AnswerRun, isLive } from "./answer-run.js";
import { Problem, api, at } from "./api.js";
import { conversations } from "./conversations.js";
import { MessageWindow } from "./message-window.js";
import { models } from "./models.js";
import { news } from "./news.js";
import { bodyOf, outbox } from "./outbox.js";

export class Thread extends EventTarget {
  #life = new AbortController();
  #window = new MessageWindow((query) => this.#page(query));
  /** @type {AnswerRun|null} */
  #run = null;
  /** There was a reason to look for other messages while an answer was being written here. */
  #isBehind = false;

  /** @param {string} conversationId */
  constructor(conversationId) {
    super();
    this.conversationId = conversationId;
    outbox.addEventListener("sent", ({ detail }) => this.#sentByItself(detail), { signal: this.#life.signal });
  }

  /** Stops watching; the answer itself goes on at the server. */
  leave() {
    this.#life.abort();
  }

  get messages() {
    return this.#window.messages;
  }

  get isAtStart() {
    return this.#window.older === null;
  }

  get isAtEnd() {
    return this.#window.newer === null;
  }

  get isRunning() {
    return this.#run !== null;
  }

  /** A message that was sent has not arrived: the next one goes behind it. */
  get isHeldUp() {
    return outbox.items(this.conversationId).some((item) => item.isDue);
  }

  /**
   * Reads a page and shows it: the newest, or the one around a message.
   * @param {string|null} [around] the id of that message; passed over where an answer runs out of its sight
   */
  async load(around = null, { isRunning = false } = {}) {
    if (around) {
      try {
        await this.#show({ around });
        if (this.isAtEnd || !isRunning) return;
      } catch (problem) {
        if (problem.name === "AbortError" || problem.isPassing) throw problem; // else that message is not shown now
      }
    }
    await this.#show({ from: "end" });
  }

  async showStart() {
    if (!this.isAtStart) await this.#show({ from: "start" });
  }

  async showEnd() {
    if (!this.isAtEnd) await this.#show({ from: "end" });
  }

  async readOlder() {
    await this.#window.readOlder({ isEndKept: this.isRunning });
    this.#fire("change");
  }

  async readNewer() {
    try {
      await this.#window.readNewer(this.#kept);
    } catch (problem) {
      if (problem.code !== "not_in_branch") throw problem;
      return this.#show({ from: "end" }); // another version is shown since, elsewhere
    }
    this.#fire("change");
    if (this.isAtEnd) this.#join();
  }

  /** Shows what has come about elsewhere, if the server has other messages than these. */
  async catchUp({ active_message_id: leaf, running }) {
    if (this.#run) return void (this.#isBehind = true);
    if (!this.isAtEnd) return; // reading on gets there
    const last = this.messages.at(-1);
    if ((last?.id ?? null) === leaf && !(last && isLive(last)) && !running) return;
    const changed = await this.#window.renew(this.#kept);
    if (this.#run) return;
    this.#renewed(changed);
  }

  /** Has a message sent when the answer that is written now, and what waits already, has ended. */
  queue({ text, model }) {
    outbox.add(this.conversationId, { text, model, isDue: this.isHeldUp });
  }

  /**
   * Sends a message from the end. Until the server has it, it is kept: a page that goes, or a connection that breaks, does not
   * lose it, and `outbox` goes on trying. Throws the problem when it was refused.
   */
  async send({ text, model }) {
    const id = this.conversationId;
    const item = outbox.add(id, { text, model, isDue: true });
    try {
      await this.#ask({ text, model, key: item.key, body: bodyOf(item) });
    } catch (problem) {
      if (problem.isPassing) return outbox.fail(id, problem);
      if (problem.name === "AbortError") outbox.send(id); // who sent it looks at something else by now
      else outbox.remove(id, item.key);
      throw problem;
    }
    outbox.remove(id, item.key);
  }

  /**
   * Asks for another answer to a message (`replyTo`), for the rest of one (`rest`), or for one to other words
   * (`text` after `parent`). It takes the place of what is shown from the message `from` on.
   */
  askAgain({ text, parent, replyTo, rest, from, model }) {
    const wish = rest ? { continue: rest } : replyTo ? { reply_to: replyTo } : { text, parent_id: parent };
    const body = { ...wish, ...(model ? { model } : {}) };
    return this.#ask({ text, parent, replyTo, from, model, body, key: crypto.randomUUID() });
  }

  /** Throws where nothing can be asked for, because an answer is being written. */
  refuseWhileRunning() {
    if (!this.#run) return;
    throw new Problem({ code: "conflict", detail: "An answer is being written. Wait for its end, or stop it first." });
  }

  /** Asks the server to stop the answer; the stream then ends by itself. */
  async stop() {
    await this.#run?.stop();
  }

  /** Turns to another version of a message. */
  async turnTo(id) {
    await conversations.change(this.conversationId, { active_message_id: id });
    await this.#show({ around: id });
  }

  // ---- asking

  // Settles once the server has it; throws the problem when it was refused, and shows the conversation as it was.
  async #ask({ text, replyTo, parent, model, key, from = null, body }) {
    const siblings = from?.sibling_ids ?? [];
    const question = replyTo ? null : { id: null, role: "user", text, state: "pending", sibling_ids: [],
      parent_id: parent === undefined ? this.messages.at(-1)?.id ?? null : parent };
    const answer = { id: null, role: "assistant", text: "", reasoning: null, sibling_ids: [], parent_id: replyTo ?? null,
      generation: { state: "queued", model, model_name: models.nameOf(model) } };
    const restore = this.#window.replaceFrom(from, ...[question, answer].filter(Boolean));
    this.#fire("change");
    this.#fire("ask");
    const open = async () => (await api.stream(
      at`/conversations/${this.conversationId}/messages`,
      { method: "POST", body, headers: { "idempotency-key": key }, signal: this.#life.signal },
    )).body;
    try {
      await new Promise((resolve, reject) => {
        this.#follow({ open, question, answer, siblings, named: resolve, refused: reject });
      });
    } catch (problem) {
      restore();
      this.#fire("change");
      throw problem;
    }
  }

  /** An answer may run since before this page was opened. */
  #join() {
    const answer = this.messages.findLast(isLive);
    if (!answer || this.#run) return;
    Object.assign(answer, { text: "", reasoning: null }); // the stream begins at the beginning
    this.#fire("update", answer);
    this.#follow({ answer, generationId: answer.generation.id, siblings: [], named() {}, refused() {} });
  }

  async #follow({ open, question = null, answer, generationId, siblings, named, refused }) {
    const watcher = {
      named: (ids, isOurs) => { this.#acknowledge(ids, { question, answer, siblings, isOurs }); named(); },
      wrote: (kind, piece) => this.#fire("write", { message: answer, kind, piece }),
      revised: () => this.#fire("update", answer),
      finished: () => this.#fire("finish", answer),
      connection: (isConnected) => this.#fire("connection", isConnected),
      missing: () => this.#fire("behind"),
    };
    const run = new AnswerRun({ open, question, answer, generationId, watcher, signal: this.#life.signal });
    this.#run = run;
    this.#fire("run");
    try {
      await run.follow();
    } catch (error) {
      if (error.name === "AbortError") return refused(error);
      this.#end(run);
      return refused(error);
    }
    this.#end(run);
    this.#fire("done", answer);
    news.tell(this.conversationId);
    outbox.send(this.conversationId);
  }

  #acknowledge(ids, { question, answer, siblings, isOurs }) {
    const own = question ?? answer;
    if (!own.sibling_ids.includes(own.id)) own.sibling_ids = [...siblings, own.id];
    if (question && !answer.sibling_ids.length) answer.sibling_ids = [answer.id];
    if (question) this.#fire("named", question);
    this.#fire("named", answer);
    if (!isOurs) return;
    this.#fire("acknowledged", ids);
    news.tell(this.conversationId);
  }

  #end(run) {
    if (this.#run === run) this.#run = null;
    this.#fire("run");
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#fire("behind");
  }

  /** A message that waited here is on the server now, with ids that nobody here has shown. */
  #sentByItself(ids) {
    if (ids.conversation_id !== this.conversationId) return;
    this.#fire("acknowledged", ids);
    this.catchUp({ active_message_id: ids.message_id, running: true }).catch(() => this.#fire("behind"));
  }

  // ---- reading

  /** What is being written stays at hand, also where it is out of sight. */
  get #kept() {
    return this.#run ? [this.#run.question, this.#run.answer].filter(Boolean) : [];
  }

  async #show(place) {
    this.#renewed(await this.#window.show(place, this.#kept));
  }

  #renewed(changed) {
    for (const message of changed) this.#fire("update", message);
    this.#fire("change");
    this.#join();
  }

  #page(query) {
    const path = `${at`/conversations/${this.conversationId}/messages`}?${new URLSearchParams(query)}`;
    return api.get(path, { signal: this.#life.signal });
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
