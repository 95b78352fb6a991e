import { announce, h, icon, textButton } from "../lib/dom.js";
import "./chat-message.js";
import "./context-gauge.js";
import { MessageWalk } from "./message-walk.js";
import "./pending-messages.js";

/** Closer to the end than this counts as being there. */
const nearEndPx = 48;

/** How long after the last movement a place counts as where somebody reads. */
const restMs = 150;

/**
 * <chat-thread>: shows a `Thread`: its messages, more of them at both ends as they are needed, and what waits to be
 * sent. It follows the end while that is in view, and otherwise moves nothing that is being read.
 *
 * Fires `thread-ask` (another answer is wanted), `thread-problem`, and `thread-place` with where somebody reads.
 */
export class ChatThread extends HTMLElement {
  /** @type {import("../lib/thread.js").Thread} */
  thread = null;
  #elements = new WeakMap();
  #column = h("div", { class: "column" });
  #pending = document.createElement("pending-messages");
  #older = h("div", { class: "edge" });
  #newer = h("div", { class: "edge" });
  #start = pill("up", "Beginning", () => this.toStart().then(() => this.#keepFocus()));
  #latest = pill("down", "Latest", () => this.toEnd().then(() => this.#keepFocus()));
  #scroller = h(
    "div",
    { class: "scroller", tabindex: 0, role: "region", "aria-label": "Messages" },
    this.#older,
    this.#column,
    this.#newer,
    this.#pending,
  );
  #walk = new MessageWalk(this.#column);
  #following = true;
  #lastTop = 0;
  #lastSize = "";
  #rest = null;
  #growth = new ResizeObserver(() => this.#follow());
  #nearEnds = new IntersectionObserver(
    (entries) => { for (const { isIntersecting, target } of entries) if (isIntersecting) this.#readOn(target); },
    { root: this.#scroller, rootMargin: "600px 0px" },
  );

  connectedCallback() {
    this.append(this.#scroller, h("div", { class: "jumps" }, this.#start, this.#latest));
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#scroller.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("message-action", (event) => this.#act(event));
    for (const part of [this.#column, this.#pending, this.#scroller]) this.#growth.observe(part);
  }

  disconnectedCallback() {
    this.thread.leave();
    this.#growth.disconnect();
    this.#nearEnds.disconnect();
    clearTimeout(this.#rest);
  }

  /** What to show; said once, before anything else. @param {import("../lib/thread.js").Thread} thread */
  show(thread) {
    this.thread = thread;
    this.#pending.conversationId = thread.conversationId;
    const on = (name, run) => thread.addEventListener(name, ({ detail }) => run(detail));
    const element = (message) => this.#elementOf(message);
    on("change", () => this.#render());
    on("ask", () => this.toEnd());
    on("update", (message) => element(message).show(message));
    on("named", (message) => element(message).update());
    on("write", ({ message, kind, piece }) => element(message).write(kind, piece));
    on("finish", (message) => element(message).finish());
    on("done", (message) => announce(endingOf(message.generation)));
  }

  /** Reads the messages: where somebody was reading, or else the newest. @param {{id: string, offset: number}|null} place */
  async load(place, { isRunning }) {
    this.#following = !place;
    await this.thread.load(place?.id, { isRunning });
  }

  /** Goes to where somebody was reading; to the end where that is not shown any more. */
  async toPlace(place) {
    const message = place && this.thread.messages.find(({ id }) => id === place.id);
    if (!message) return this.toEnd();
    this.#scroller.scrollTop += this.#topOf(message) - place.offset;
    this.#scrolled();
  }

  /** The first message in view, and how far below the upper edge it begins (in pixels); null at the end. */
  get place() {
    if (this.#following) return null;
    const message = this.thread.messages.find((each) => each.id && this.#elementOf(each).getBoundingClientRect().bottom > this.#top);
    return message ? { id: message.id, offset: Math.round(this.#topOf(message)) } : null;
  }

  async toStart() {
    this.#following = false;
    if (await this.#isDone(this.thread.showStart())) this.#scroller.scrollTop = 0;
    this.#scrolled();
  }

  async toEnd() {
    if (!this.thread.isAtEnd && !(await this.#isDone(this.thread.showEnd()))) return;
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#scrolled();
  }

  /** Moves by most of what is in view. @param {1|-1} direction */
  turnPage(direction) {
    this.#scroller.scrollBy({ top: direction * this.#scroller.clientHeight * .875 });
  }

  focusMessages() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** Opens the editor of the person's last message. */
  async editLast() {
    await this.toEnd();
    const message = this.thread.messages.findLast(({ role, id }) => role === "user" && id);
    if (message) this.#elementOf(message).edit();
  }

  // ---- what is shown

  #elementOf(message) {
    if (!this.#elements.has(message)) {
      const element = document.createElement("chat-message");
      element.show(message);
      this.#elements.set(message, element);
    }
    return this.#elements.get(message);
  }

  #render() {
    const shown = this.thread.messages.map((message) => this.#elementOf(message));
    const kept = new Set(shown);
    const stays = [...this.#column.children].filter((element) => kept.has(element));
    const mark = this.#following ? null : stays.find((element) => element.getBoundingClientRect().bottom > this.#top);
    const before = mark?.getBoundingClientRect().top;
    this.#scroller.style.overflowAnchor = "none"; // or the browser moves by the same distance once more
    requestAnimationFrame(() => requestAnimationFrame(() => { this.#scroller.style.overflowAnchor = ""; }));
    for (const end of [this.#older, this.#newer]) clear(end);
    for (const element of [...this.#column.children]) if (!kept.has(element)) element.remove();
    shown.forEach((element, at) => {
      const present = this.#column.children[at] ?? null;
      if (present !== element) this.#column.insertBefore(element, present);
    });
    if (mark) this.#scroller.scrollTop += mark.getBoundingClientRect().top - before;
    this.#walk.renew(shown.at(-1));
    this.#watchEnds();
  }

  get #top() {
    return this.#scroller.getBoundingClientRect().top;
  }

  #topOf(message) {
    return this.#elementOf(message).getBoundingClientRect().top - this.#top;
  }

  // The observer tells of changes only: what is still in sight is observed anew.
  #watchEnds() {
    for (const [end, isWhole] of [[this.#older, this.thread.isAtStart], [this.#newer, this.thread.isAtEnd]]) {
      this.#nearEnds.unobserve(end);
      if (!isWhole) this.#nearEnds.observe(end);
    }
  }

  async #readOn(end) {
    if (end.dataset.state) return;
    end.dataset.state = "loading";
    end.replaceChildren(h("div", { class: "skeleton" }, h("i"), h("i")));
    try {
      await (end === this.#older ? this.thread.readOlder() : this.thread.readNewer());
    } catch (problem) {
      if (problem.name === "AbortError") return;
      end.dataset.state = "failed";
      const again = () => { clear(end); this.#readOn(end); this.#keepFocus(); };
      end.replaceChildren(textButton(`Load ${end === this.#older ? "older" : "newer"} messages`, again));
    }
  }

  // ---- following the end

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight, clientWidth } = this.#scroller;
    if (!clientHeight) return; // not in view, so nobody is anywhere
    const size = `${clientWidth} ${clientHeight}`;
    const isAtEnd = this.thread.isAtEnd && scrollHeight - scrollTop - clientHeight <= nearEndPx;
    if (isAtEnd) this.#following = true;
    // Growth alone never moves upwards, and in a window of another size nobody has moved.
    else if (scrollTop < this.#lastTop && size === this.#lastSize) this.#following = false;
    this.#lastTop = scrollTop;
    this.#lastSize = size;
    this.#latest.hidden = this.#following;
    this.#start.hidden = this.#following || (this.thread.isAtStart && scrollTop < 2 * clientHeight);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#fire("thread-place", this.place), restMs);
  }

  #follow() {
    if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else this.#scrolled();
  }

  async #isDone(work) {
    try {
      await work;
      return true;
    } catch (problem) {
      if (problem.name !== "AbortError") this.#fire("thread-problem", problem);
      return false;
    }
  }

  // ---- what the person does

  /** What had the focus may be hidden, or gone. */
  #keepFocus() {
    const { activeElement } = document;
    if (activeElement === document.body || activeElement?.hidden) this.focusMessages();
  }

  #key(event) {
    if (event.target.closest("textarea") || event.altKey || event.shiftKey || event.metaKey) return;
    const run = { Home: () => this.toStart(), End: () => this.toEnd() }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  #act(event) {
    const { action, message, element, text, to } = event.detail;
    const from = message;
    const model = message.generation?.requested_model ?? message.generation?.model;
    const ask = (wish) => this.#fire("thread-ask", { from, ...wish });
    try {
      this.thread.refuseWhileRunning();
    } catch (problem) {
      event.preventDefault();
      return this.#fire("thread-problem", problem);
    }
    switch (action) {
      case "regenerate": return ask({ replyTo: message.parent_id, model });
      case "regenerate-with": return ask({ replyTo: message.parent_id, model, choose: true });
      case "continue": return ask({ replyTo: message.parent_id, rest: message.id, model });
      case "edit": return ask({ text, parent: message.parent_id });
      case "sibling": return this.#turnTo(to, element);
    }
  }

  /** Shows another version, at the same height on the screen. */
  async #turnTo(id, element) {
    const top = element.getBoundingClientRect().top - this.#top;
    const wasFollowing = this.#following;
    this.#following = false;
    if (!(await this.#isDone(this.thread.turnTo(id)))) return void (this.#following = wasFollowing);
    const message = this.thread.messages.find((each) => each.id === id);
    if (!message) return this.toEnd();
    this.#scroller.scrollTop += this.#topOf(message) - top;
    const shown = this.#elementOf(message);
    (shown.querySelector("[data-action=next]:enabled") ?? shown.querySelector("[data-action=previous]"))?.focus({ preventScroll: true });
    this.#scrolled();
    announce(`Version ${message.sibling_ids.indexOf(id) + 1} of ${message.sibling_ids.length}`);
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

function pill(name, text, run) {
  return h("button", { type: "button", class: "pill", hidden: true, onclick: run }, icon(name), text);
}

/** What stood for messages that were being read, or could not be. */
function clear(end) {
  end.dataset.state = "";
  end.replaceChildren();
}

/** What is said when an answer has ended. */
function endingOf({ state, model_name: model, error }) {
  const name = model || "The model";
  return {
    completed: `${name} has answered.`,
    stopped: "Answer stopped.",
    failed: `${name} could not answer. ${error?.detail ?? ""}`.trim(),
    interrupted: `The answer broke off. ${error?.detail ?? ""}`.trim(),
  }[state] ?? "";
}

customElements.define("chat-thread", ChatThread);
