import { Problem, api } from "../lib/api.js";
import { conversations } from "../lib/conversations.js";
import { announce, h, icon, textButton } from "../lib/dom.js";
import { followGeneration } from "../lib/generation-stream.js";
import { models } from "../lib/models.js";
import { news } from "../lib/news.js";
import { bodyOf, outbox } from "../lib/outbox.js";
import "./chat-message.js";
import "./context-gauge.js";
import "./pending-messages.js";

const pageSize = 50;

/** Closer to the end than this counts as being there. */
const nearEndPx = 48;

/**
 * <chat-thread>: the messages of one conversation, older ones on demand, the answer being written, and what waits
 * for its end.
 *
 * Fires `thread-run` (the answer began or ended), `thread-acknowledged` with the ids the server gave,
 * `thread-done`, `thread-connection` with whether the stream is connected, `thread-change` (other messages are
 * shown), `thread-behind` (others may be there by now), `thread-ask` (another answer is wanted), and `thread-problem`.
 */
export class ChatThread extends HTMLElement {
  #conversationId = null;
  #column = h("div", { class: "column" });
  #pending = document.createElement("pending-messages");
  #older = h("div", { class: "older" });
  #latest = h(
    "button",
    { type: "button", class: "latest", hidden: true, onclick: () => this.toEnd() },
    icon("down"),
    "Latest",
  );
  #scroller = h("div", { class: "scroller" }, this.#older, this.#column, this.#pending);
  #messages = [];
  #cursor = null;
  #following = true;
  #lastTop = 0;
  #run = null;
  /** There was a reason to look for other messages while an answer was being written here. */
  #isBehind = false;
  #life = new AbortController();
  #growth = new ResizeObserver(() => this.#follow());
  #nearStart = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && this.#readOlder(),
    { root: this.#scroller, rootMargin: "600px 0px 0px" },
  );

  connectedCallback() {
    this.append(this.#scroller, this.#latest);
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.addEventListener("message-action", (event) => this.#act(event.detail));
    outbox.addEventListener("sent", ({ detail }) => this.#sentByItself(detail), { signal: this.#life.signal });
    this.#growth.observe(this.#column);
    this.#growth.observe(this.#pending);
    this.#growth.observe(this.#scroller);
  }

  /** Stops watching; the answer itself goes on at the server. */
  disconnectedCallback() {
    this.#life.abort();
    this.#growth.disconnect();
    this.#nearStart.disconnect();
  }

  set conversationId(id) {
    this.#conversationId = id;
    this.#pending.conversationId = id;
  }

  get conversationId() {
    return this.#conversationId;
  }

  get running() {
    return this.#run !== null;
  }

  /** A message that was sent has not arrived: the next one goes behind it. */
  get isHeldUp() {
    return outbox.items(this.conversationId).some((item) => item.isDue);
  }

  get messages() {
    return this.#messages.map((element) => element.message);
  }

  /** Reads the newest page and shows it. */
  async load(conversationId) {
    this.conversationId = conversationId;
    const page = await this.#page(null);
    this.#readFrom(page.next_cursor);
    this.#replace(page.items);
    this.toEnd();
    this.#join();
  }

  /** Shows what has come about elsewhere, if the server has other messages than these. */
  async catchUp({ active_message_id: leaf, running }) {
    if (this.#run) return void (this.#isBehind = true);
    const last = this.#messages.at(-1);
    if ((last?.message.id ?? null) === leaf && !last?.isLive && !running) return;
    const page = await this.#page(null);
    if (this.#run) return;
    this.#reconcile(page);
    this.#fire("thread-change");
    this.#join();
  }

  /** Has a message sent when the answer that is written now, and what waits already, has ended. */
  queue({ text, model }) {
    outbox.add(this.conversationId, { text, model, isDue: this.isHeldUp });
    this.toEnd();
  }

  /**
   * Sends a message. Until the server has it, it is kept: a page that goes, or a connection that breaks, does not
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
   * (`text` after `parent`). It takes the place of what is shown from `from` on.
   */
  askAgain({ text, parent, replyTo, rest, from, model }) {
    const wish = rest ? { continue: rest } : replyTo ? { reply_to: replyTo } : { text, parent_id: parent };
    const body = { ...wish, ...(model ? { model } : {}) };
    return this.#ask({ text, parent, replyTo, from, model, body, key: crypto.randomUUID() });
  }

  // Settles once the server has it; throws the problem when it was refused, and shows the conversation as it was.
  async #ask({ text, replyTo, parent, model, key, from, body }) {
    const cut = from ?? this.#messages.length;
    const replaced = this.#messages.slice(cut);
    const siblings = replaced[0]?.message.sibling_ids ?? [];
    for (const element of replaced) element.remove();
    this.#messages.length = cut;
    const question = replyTo ? null : this.#add({ id: null, role: "user", text, state: "pending", sibling_ids: [],
      parent_id: parent === undefined ? this.#messages.at(-1)?.message.id ?? null : parent });
    const answer = this.#add({ id: null, role: "assistant", text: "", reasoning: null, sibling_ids: [], parent_id: replyTo ?? null,
      generation: { state: "queued", model, model_name: models.nameOf(model) } });
    this.#fire("thread-change");
    this.toEnd();
    const open = async () => (await api.stream(
      `/conversations/${this.conversationId}/messages`,
      { method: "POST", body, headers: { "idempotency-key": key }, signal: this.#life.signal },
    )).body;
    await new Promise((resolve, reject) => {
      this.#watch({ open, question, answer, siblings, acknowledged: resolve, refused: reject });
    }).catch((problem) => {
      question?.remove();
      answer.remove();
      this.#messages.length = cut;
      for (const element of replaced) { this.#column.append(element); this.#messages.push(element); }
      this.#fire("thread-change");
      throw problem;
    });
  }

  /** Asks the server to stop; the stream then ends by itself. */
  async stop() {
    if (!this.#run) return;
    this.#run.stopWanted = true;
    if (!this.#run.generationId) return; // told as soon as there is something to stop
    const generation = await api.post(`/generations/${this.#run.generationId}/stop`);
    if (this.#run && this.#run.isCut && generation.state !== "running") this.#run.end(generation);
  }

  /** Opens the editor of the person's last message. */
  editLast() {
    this.#messages.findLast(({ message }) => message.role === "user" && message.id)?.edit();
  }

  toEnd() {
    this.#following = true;
    this.#latest.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  // ---- the answer being written

  /** An answer may run since before this page was opened. */
  #join() {
    const answer = this.#messages.findLast((element) => element.isLive);
    if (!answer) return;
    const id = answer.message.generation.id;
    answer.restart();
    this.#watch({ answer, generationId: id, open: () => this.#resume(id, null), siblings: [] });
  }

  async #resume(generationId, lastId) {
    const headers = lastId ? { "last-event-id": lastId } : {};
    return (await api.stream(`/generations/${generationId}/events`, { headers, signal: this.#life.signal })).body;
  }

  async #watch({ open, question, answer, siblings, generationId = null, acknowledged, refused }) {
    const run = { generationId, stopWanted: false, isCut: false, end: null };
    this.#run = run;
    this.#fire("thread-run");
    const ended = new Promise((resolve) => { run.end = resolve; });
    const follow = followGeneration({
      open, generationId, resume: (id, lastId) => this.#resume(id, lastId), wait: (ms) => this.#pause(ms), wakes: news,
      isFinal: (error) => error instanceof Problem && !error.isPassing,
      onConnection: (connected) => { run.isCut = !connected; this.#fire("thread-connection", connected); },
    });
    const takeAll = async () => {
      for await (const event of follow) {
        if (event.type === "generation") {
          this.#acknowledge(event.data, { run, question, answer, siblings });
          acknowledged?.();
        } else {
          this.#take(event, answer);
        }
      }
    };
    try {
      const settled = await Promise.race([takeAll(), ended]);
      if (settled) this.#settle(answer, settled);
    } catch (error) {
      if (error.name === "AbortError") return void (run.generationId || refused?.(error));
      if (!run.generationId && refused) return void this.#end(run, () => refused(asProblem(error)));
      await this.#rescue(answer, run);
    }
    this.#end(run, () => this.#announceEnd(answer));
  }

  #acknowledge(data, { run, question, answer, siblings }) {
    const isOurs = !run.generationId; // not one that was joined
    run.generationId = data.generation_id;
    const own = question ?? answer;
    if (question) {
      question.message.id = data.user_message_id;
      delete question.message.state;
    }
    Object.assign(answer.message, { id: data.message_id, parent_id: data.user_message_id });
    Object.assign(
      answer.message.generation,
      { id: data.generation_id, state: "running", model: data.model, model_name: data.model_name },
    );
    if (!own.message.sibling_ids.includes(own.message.id)) own.message.sibling_ids = [...siblings, own.message.id];
    if (question && !answer.message.sibling_ids.length) answer.message.sibling_ids = [data.message_id];
    question?.update();
    answer.update();
    if (isOurs) {
      this.#fire("thread-acknowledged", data);
      news.tell(this.conversationId);
    }
    if (run.stopWanted) this.stop().catch(() => {});
  }

  #take({ type, data }, answer) {
    const { generation } = answer.message;
    switch (type) {
      case "reasoning": return answer.writeReasoning(data.text ?? "");
      case "delta": return answer.write(data.text ?? "");
      case "usage": return void Object.assign(generation, data);
      case "done": return this.#settle(answer, data);
      case "error": return this.#settle(answer, { state: "failed", error: data });
    }
  }

  #settle(answer, { state, ...rest }) {
    const known = [
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
    const { generation } = answer.message;
    for (const name of known) if (rest[name] !== undefined && rest[name] !== null) generation[name] = rest[name];
    generation.state = state ?? "completed";
    answer.finish();
  }

  /** The stream is gone for good: the record of the generation says how it ended. */
  async #rescue(answer, run) {
    try {
      const { text, ...generation } = await api.get(
        `/generations/${run.generationId}`,
        { signal: this.#life.signal },
      );
      answer.message.text = text ?? answer.message.text;
      answer.show({ ...answer.message, generation });
      if (answer.isLive) throw new Error("still running, but its stream is gone");
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 404) this.#fire("thread-behind"); // the whole conversation may be gone
      this.#settle(
        answer,
        {
          state: "failed",
          error: {
            code: "unreachable",
            detail: "The connection to this answer was lost. Load the page again to see what has arrived.",
          },
        },
      );
    }
  }

  #end(run, then) {
    if (this.#run === run) this.#run = null;
    this.#fire("thread-run");
    this.#fire("thread-change");
    then();
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#fire("thread-behind");
  }

  /** A message that waited here is on the server now, with ids that nobody here has shown. */
  #sentByItself(ids) {
    if (ids.conversation_id !== this.conversationId) return;
    this.#fire("thread-acknowledged", ids);
    this.catchUp({ active_message_id: ids.message_id, running: true }).catch(() => this.#fire("thread-behind"));
  }

  #announceEnd({ message: { generation } }) {
    const name = generation.model_name || "The model";
    const words = {
      completed: `${name} has answered.`,
      stopped: "Answer stopped.",
      failed: `${name} could not answer.`,
      interrupted: "The answer broke off.",
    };
    announce(words[generation.state] ?? "");
    this.#fire("thread-done", generation);
    news.tell(this.conversationId);
    outbox.send(this.conversationId);
  }

  // Waits, or less when the page or the network comes back meanwhile.
  #pause(ms) {
    const { signal } = this.#life;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      news.addEventListener("wake", () => { clearTimeout(timer); resolve(); }, { once: true, signal });
      signal.addEventListener(
        "abort",
        () => { clearTimeout(timer); reject(new DOMException("nobody watches", "AbortError")); },
        { once: true },
      );
    });
  }

  // ---- what the person does with a message

  #act({ action, message, element, text, to }) {
    if (this.#run) return this.#fire(
      "thread-problem",
      new Problem({ code: "conflict", detail: "An answer is being written. Wait for its end, or stop it first." }),
    );
    const from = this.#messages.indexOf(element);
    switch (action) {
      case "regenerate": return this.#fire(
        "thread-ask",
        { replyTo: message.parent_id, from, model: modelOf(message) },
      );
      case "regenerate-with": return this.#fire(
        "thread-ask",
        { replyTo: message.parent_id, from, model: modelOf(message), choose: true },
      );
      case "continue": return this.#fire(
        "thread-ask",
        { replyTo: message.parent_id, rest: message.id, from, model: modelOf(message) },
      );
      case "edit": return this.#fire("thread-ask", { text, parent: message.parent_id, from });
      case "sibling": return this.#turnTo(to, element);
    }
  }

  /** Shows another version, at the same height on the screen. */
  async #turnTo(id, element) {
    const top = element.getBoundingClientRect().top;
    try {
      await conversations.change(this.conversationId, { active_message_id: id });
      const page = await this.#page(null);
      this.#readFrom(page.next_cursor);
      this.#replace(page.items);
    } catch (problem) {
      if (problem.name !== "AbortError") this.#fire("thread-problem", problem);
      return;
    }
    const shown = this.#messages.find(({ message }) => message.id === id);
    if (!shown) return this.toEnd();
    this.#following = false;
    this.#scroller.scrollTop += shown.getBoundingClientRect().top - top;
    (shown.querySelector("[data-action=next]:enabled") ?? shown.querySelector("[data-action=previous]"))?.focus({ preventScroll: true });
    this.#scrolled();
    announce(`Version ${shown.message.sibling_ids.indexOf(id) + 1} of ${shown.message.sibling_ids.length}`);
    this.#fire("thread-change");
    this.#join();
  }

  // ---- the list

  #page(cursor) {
    const query = new URLSearchParams({ limit: String(pageSize), ...(cursor ? { cursor } : {}) });
    return api.get(`/conversations/${this.conversationId}/messages?${query}`, { signal: this.#life.signal });
  }

  #replace(items) {
    this.#messages = items.map(elementOf);
    this.#column.replaceChildren(...this.#messages);
  }

  // What is the same stays as it is: where it is scrolled to, what is selected in it.
  #reconcile({ items, next_cursor }) {
    const known = new Map(this.#messages.map((element) => [element.message.id, element]));
    const overlap = this.#messages.findIndex(({ message }) => message.id === items[0]?.id);
    const older = this.#messages.slice(0, Math.max(0, overlap));
    if (overlap < 0) this.#readFrom(next_cursor);
    this.#messages = [...older, ...items.map((item) => renewed(known.get(item.id), item))];
    const kept = new Set(this.#messages);
    for (const element of [...this.#column.children]) if (!kept.has(element)) element.remove();
    this.#messages.forEach((element, at) => {
      const present = this.#column.children[at] ?? null;
      if (present !== element) this.#column.insertBefore(element, present);
    });
  }

  /** Where older messages go on; null when there are none. */
  #readFrom(cursor) {
    this.#cursor = cursor;
    if (cursor) this.#nearStart.observe(this.#older);
  }

  #add(message) {
    const element = elementOf(message);
    this.#messages.push(element);
    this.#column.append(element);
    return element;
  }

  async #readOlder() {
    if (!this.#cursor || this.#older.dataset.state === "loading") return;
    this.#older.dataset.state = "loading";
    this.#older.replaceChildren(h("div", { class: "skeleton" }, h("i"), h("i")));
    try {
      const page = await this.#page(this.#cursor);
      this.#prepend(page.items.map(elementOf));
      this.#older.dataset.state = "ready";
      this.#nearStart.unobserve(this.#older);
      this.#readFrom(page.next_cursor); // tells again if it is still in sight
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.#older.dataset.state = "failed";
      this.#older.replaceChildren(textButton(
        "Load older messages",
        () => { this.#older.dataset.state = ""; this.#readOlder(); },
      ));
    }
  }

  // What is being read stays where it is.
  #prepend(elements) {
    const mark = this.#messages[0];
    const before = mark?.getBoundingClientRect().top ?? 0;
    this.#scroller.style.overflowAnchor = "none"; // or the browser moves by the same distance once more
    requestAnimationFrame(() => requestAnimationFrame(() => { this.#scroller.style.overflowAnchor = ""; }));
    this.#older.replaceChildren();
    this.#column.prepend(...elements);
    this.#messages.unshift(...elements);
    if (mark) this.#scroller.scrollTop += mark.getBoundingClientRect().top - before;
  }

  // ---- following the end

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const distance = scrollHeight - scrollTop - clientHeight;
    if (distance <= nearEndPx) this.#following = true;
    else if (scrollTop < this.#lastTop) this.#following = false; // growth alone never moves upwards
    this.#lastTop = scrollTop;
    this.#latest.hidden = this.#following || distance <= nearEndPx;
  }

  #follow() {
    if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else this.#scrolled();
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

function elementOf(message) {
  const element = document.createElement("chat-message");
  element.show(message);
  return element;
}

/** The element that shows a message, brought up to date; a new one where there is none. */
function renewed(element, message) {
  if (!element) return elementOf(message);
  const isSame = element.message.text === message.text && element.message.generation?.state === message.generation?.state;
  if (!isSame) {
    element.show(message);
  } else if (element.message.sibling_ids.join() !== message.sibling_ids.join()) {
    element.message.sibling_ids = message.sibling_ids;
    element.update();
  }
  return element;
}

/** The model that was chosen for an answer, though another one may have given it. */
function modelOf({ generation }) {
  return generation?.requested_model ?? generation?.model;
}

function asProblem(error) {
  return error instanceof Problem ? error : new Problem({
    code: "unreachable",
    detail: "The connection broke off before the server confirmed the message.",
  });
}

customElements.define("chat-thread", ChatThread);
