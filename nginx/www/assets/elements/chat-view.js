import { Problem, api, at } from "../lib/api.js";
import { conversations } from "../lib/conversations.js";
import { emptyState, finePointer, go, h, icon, iconButton, isComposing, loadToWrite, textButton } from "../lib/dom.js";
import { drafts, firstFallbacks, memory } from "../lib/memory.js";
import { models } from "../lib/models.js";
import { news } from "../lib/news.js";
import { session } from "../lib/session.js";
import "./chat-composer.js";

/** A connection that comes back at once is nothing to speak of. */
const patienceMs = 600;

const scrollKeys = new Set(["PageUp", "PageDown", "ArrowUp", "ArrowDown", "Home", "End", " "]);

/** <chat-view>: a conversation, or the place where one begins: title, thread, notices, composer. */
export class ChatView extends HTMLElement {
  #id = null;
  /** @type {import("../lib/chat.js").Chat|null} there once its code is, and there is something to show or to send */
  #chat = null;
  #model = null;
  #thread = null;
  #isOpen = false;
  #isGone = false;
  /** Counts what was opened: who comes back to a conversation while it loads opens it anew. */
  #visit = 0;
  /** Settles when what was opened is shown, or could not be. */
  #loading = null;
  #title = h("h1", { tabindex: -1, dir: "auto", onclick: () => this.rename() });
  #gauge = document.createElement("context-gauge"); // defined with the thread
  #body = h("div", { class: "body", tabindex: -1 });
  #notices = h("div", { class: "notices", role: "alert" });
  #connection = h("p", { class: "connection", role: "status" });
  #composer = document.createElement("chat-composer");
  #listening = null;
  #impatience = null;
  #fit = new ResizeObserver(() => this.#fitBody());

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#fit.observe(this.#body);
    models.addEventListener(
      "change",
      () => { this.#showModel(); if (this.dataset.state === "empty") this.#welcome(); },
      { signal },
    );
    conversations.addEventListener("change", () => this.#showTitle(), { signal });
    news.addEventListener("wake", () => this.#lookAgain(), { signal });
    news.addEventListener("changed", ({ detail: id }) => id === this.#id && this.#lookAgain({ isTold: true }), { signal });
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || isComposing(event) || !this.#ownsKeys(event.target)) return;
      if (event.key === "Escape" && this.#chat?.thread?.isRunning) this.#stop();
      // What is not operated takes no keys: those that scroll are for the messages.
      if (scrollKeys.has(event.key) && event.target.matches?.("body, main, h1")) this.focusContent();
    }, { signal });
    window.addEventListener("atelier:files", (event) => this.#take(event), { signal });
    window.addEventListener("pagehide", () => this.#keepPlace(this.#thread?.place), { signal });
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#fit.disconnect();
    this.#chat?.leave();
    this.#isOpen = false; // its thread has let go: coming back, perhaps as somebody else, begins anew
  }

  /** Lets keys scroll what is read. */
  focusContent() {
    if (this.#thread?.isConnected) this.#thread.focusMessages();
    else this.#body.focus({ preventScroll: true });
  }

  // What scrolls can be reached by Tab; messages have a scroller of their own.
  #fitBody() {
    this.#body.tabIndex = !this.#thread && this.#body.scrollHeight > this.#body.clientHeight ? 0 : -1;
  }

  focusComposer() {
    this.#composer.focusField();
  }

  /** Shows a conversation; null begins a new one. */
  async open(id) {
    if (this.#isOpen && id === this.#id) return this.#arrive();
    this.#isOpen = true;
    this.#id = id;
    this.#chat?.leave();
    this.#chat = null;
    this.#showThread(null);
    this.#model = null;
    this.#notices.replaceChildren();
    this.#showConnection(true);
    this.#composer.conversationId = id;
    this.#composer.running = false;
    this.#composer.hidden = false;
    this.#showTitle();
    this.#showModel();
    this.#showGauge();
    window.dispatchEvent(new Event("atelier:place"));
    const visit = ++this.#visit;
    if (!id) this.#welcome();
    else await (this.#loading = this.#load(id, visit));
    if (this.#visit === visit) this.#arrive();
  }

  // Esc closes a dialog or a menu, and clears the search, before it stops an answer.
  #ownsKeys(target) {
    return !document.querySelector("dialog[open], [popover]:popover-open") && !target.closest?.("conversation-list");
  }

  #build() {
    this.append(
      h("header", { class: "top" },
        iconButton(
          "list",
          "Conversations",
          {
            class: "icon-button narrow",
            "data-role": "open-list",
            onclick: () => window.dispatchEvent(new Event("atelier:list")),
          },
        ),
        this.#title, this.#gauge,
        h("a", { class: "icon-button narrow", href: "/", "aria-label": "New conversation" }, icon("plus"))),
      this.#body,
      h("div", { class: "foot" }, this.#connection, this.#notices, this.#composer));
    this.addEventListener("composer-send", ({ detail: { text } }) => this.#send(text));
    this.addEventListener("composer-stop", () => this.#stop());
    this.addEventListener("composer-edit-last", () => this.#thread?.editLast());
    this.addEventListener("composer-model", () => this.#chooseModel());
    this.addEventListener("input", () => loadChat(), { once: true }); // here by the time it is needed
    this.addEventListener("composer-page", ({ detail: direction }) => this.#thread?.turnPage(direction));
    this.addEventListener("thread-place", ({ detail: place }) => this.#keepPlace(place));
    this.addEventListener("thread-ask", ({ detail }) => this.#askAgain(detail));
    this.addEventListener("thread-problem", ({ detail: problem }) => this.#notice(problem.message));
  }

  /** What had the focus may be gone: it never falls back to nowhere. */
  #keepFocus() {
    if (document.activeElement === document.body || !document.activeElement) this.#arrive();
  }

  // A keyboard on a screen hides half of it, so there the field waits to be touched.
  #arrive() {
    if (document.querySelector("dialog[open], .ahead")) return;
    if (finePointer.matches) this.focusComposer();
    else this.#title.focus({ preventScroll: true });
  }

  // ---- opening

  async #load(id, visit) {
    this.dataset.state = "loading";
    this.#body.replaceChildren(skeleton());
    try {
      const [conversation, { Chat }] = await Promise.all([api.get(at`/conversations/${id}`), loadChat()]);
      if (this.#visit !== visit) return;
      this.#useChat(new Chat(conversation));
      const element = this.#thread;
      const place = history.state?.place ?? null;
      element.hidden = true;
      await element.load(place, { isRunning: conversation.running });
      if (this.#visit !== visit) return;
      this.#body.querySelector(".skeleton")?.remove();
      element.hidden = false;
      element.toPlace(place);
      this.dataset.state = "ready";
      this.#running(this.#chat.thread.isRunning);
    } catch (problem) {
      if (this.#visit === visit && problem.name !== "AbortError") this.#failed(problem);
    }
  }

  // Answers, messages and titles may have come about elsewhere: in another tab, on another device, while this one slept.
  async #lookAgain({ isTold = false } = {}) {
    const id = this.#id;
    if (!id || !this.#isOpen || this.dataset.state === "loading") return;
    if (this.dataset.state === "error") return (this.#isGone && !isTold) || this.#reload(); // told: it may have come back
    await this.#chat?.lookAgain();
  }

  #reload() {
    this.#isOpen = false;
    return this.open(this.#id);
  }

  get #conversation() {
    return this.#chat?.conversation ?? (this.#id ? conversations.find(this.#id) : null);
  }

  #useChat(chat) {
    this.#chat = chat;
    const on = (name, run) => chat.addEventListener(name, ({ detail }) => chat === this.#chat && run(detail));
    on("thread", () => this.#showThread(chat.thread));
    on("change", () => { this.#showTitle(); this.#showModel(); });
    on("begun", () => this.#begun(chat.conversation.id));
    on("gone", (problem) => this.#failed(problem));
    if (!chat.thread) return;
    this.#showThread(chat.thread);
    this.#showTitle();
    this.#showModel();
  }

  #showThread(thread) {
    this.#thread?.remove();
    this.#thread = thread && document.createElement("chat-thread");
    if (!thread) return;
    const on = (name, run) => thread.addEventListener(name, ({ detail }) => thread === this.#chat?.thread && run(detail));
    on("run", () => this.#running(thread.isRunning));
    on("connection", (isConnected) => this.#showConnection(isConnected));
    on("change", () => this.#showGauge());
    on("done", () => { this.#showGauge(); this.#showConnection(true); });
    this.#thread.show(thread);
    if (this.dataset.state !== "loading") this.#body.replaceChildren();
    this.#body.append(this.#thread);
    if (this.dataset.state !== "loading") this.dataset.state = "ready";
  }

  /** Where somebody reads belongs to this entry of the browser's history: back, forward and a reload return to it. */
  #keepPlace(place) {
    if (!this.#isOpen || this.dataset.state !== "ready" || location.pathname !== `/c/${this.#id}`) return;
    if ((place?.id ?? null) === null && !history.state?.place) return;
    history.replaceState({ ...history.state, place: place ?? null }, "");
  }

  #failed(problem) {
    if (!(problem instanceof Problem)) reportError(problem); // ours, not the server's
    this.dataset.state = "error";
    this.#showThread(null);
    this.#composer.hidden = true;
    const gone = this.#isGone = problem.status === 404;
    if (gone) this.#forgetChat();
    const why = problem instanceof Problem ? problem.message : "Part of the page could not be loaded.";
    this.#body.replaceChildren(gone
      ? emptyState(
        { mark: "search", heading: "This conversation does not exist", text: "It was deleted, or it belongs to somebody else." },
        h("a", { class: "button button--main", href: "/" }, "New conversation"),
      )
      : emptyState(
        { mark: "warn", heading: "The conversation could not be loaded", text: `${why} Its messages are safe on the server.` },
        textButton("Try again", () => this.#reload(), { class: "button button--main" }),
      ));
  }

  /** What is not there has no title, and takes no room in a model. */
  #forgetChat() {
    this.#chat?.leave();
    this.#chat = null;
    this.#showTitle();
    this.#showModel();
  }

  #welcome() {
    if (this.#thread) return;
    this.dataset.state = "empty";
    const [first] = (session.user?.name ?? "").trim().split(/\s+/);
    const isAdmin = session.user?.role === "admin";
    this.#body.replaceChildren(h("div", { class: "welcome" },
      h("h2", { dir: "auto" }, first ? `What are we working on, ${first}?` : "What are we working on?"),
      h("p", {}, "Write below. Your messages and the answers are kept on this server."),
      models.isDemoOnly && isAdmin && firstRun(),
      models.isDemoOnly && !isAdmin && h(
        "p",
        { class: "notice notice--calm" },
        "Only the demo model is set up so far. Ask the person who runs this server for a real one.",
      ),
      models.state === "failed" && h("div", { class: "notice notice--calm" }, h(
        "p",
        {},
        "The models could not be loaded. You can write meanwhile.",
      ),
        h("div", { class: "actions" }, textButton("Try again", () => models.load())))));
    this.#fitBody();
  }

  // ---- sending

  async #send(text) {
    if (this.dataset.state === "loading") {
      const visit = this.#visit;
      await this.#loading;
      // Until then it stays in the field. It does not go when it was changed there meanwhile, or has gone.
      if (this.#visit !== visit || this.dataset.state !== "ready" || this.#composer.words !== text) return;
    }
    this.#notices.replaceChildren();
    if (this.#chat?.thread?.isAtEnd === false && !(await this.#seesEnd(text))) return;
    const [id, visit] = [this.#id, this.#visit];
    if (this.#composer.running || this.#chat?.thread?.isHeldUp) return this.#queue(text);
    const model = this.#chosen();
    this.#composer.clearField(text);
    this.#running(true);
    if (!id) this.#showFirst(text);
    this.#keepFocus();
    try {
      const chat = this.#chat ?? await this.#newChat(visit);
      await chat.begin(text, model);
      const sending = chat.thread.send({ text, model });
      this.#composer.taken(id, text);
      await sending;
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (this.#visit === visit) this.#refused(problem, text, { goesByItself: !id });
      else if (!drafts.get(id)) drafts.set(id, text);
    }
  }

  /** A first message is seen at once, however long the code for a thread takes. */
  #showFirst(text) {
    if (this.#thread) return;
    this.dataset.state = "sending";
    this.#body.replaceChildren(h("div", { class: "first-message" },
      h("div", { class: "me", "data-state": "pending" }, h("p", { class: "bubble", dir: "auto" }, text))));
  }

  // What is sent follows what is there by now. It does not go when it was changed meanwhile, or has gone.
  async #seesEnd(text) {
    const visit = this.#visit;
    try {
      await this.#chat.thread.showEnd();
      return this.#visit === visit && this.#composer.words === text;
    } catch (problem) {
      if (problem.name !== "AbortError" && this.#visit === visit) this.#advise(problem);
      return false;
    }
  }

  // A first message has to arrive before another can wait behind it: until then the text stays in the field.
  #queue(text) {
    if (!this.#thread) return;
    this.#chat.thread.queue({ text, model: this.#chosen() });
    this.#composer.clearField("");
    this.#thread.toEnd();
  }

  // The message goes also when somebody looks at something else before there is code to send it.
  async #newChat(visit) {
    const { Chat } = await loadChat();
    const chat = new Chat(null);
    if (this.#visit === visit) this.#useChat(chat);
    return chat;
  }

  /** A new conversation has an address now. */
  #begun(id) {
    drafts.clear(null);
    this.#id = id;
    this.#composer.adopt(id);
    history.pushState(null, "", `/c/${id}`);
    window.dispatchEvent(new Event("atelier:place"));
    this.#showTitle();
  }

  /** Not sent: the text is back in the field, and the notice says what to do. */
  #refused(problem, text, { goesByItself = false } = {}) {
    this.#running(false);
    this.#chat?.refuse();
    if (!this.#id) {
      this.#showThread(null);
      this.#welcome();
    }
    this.#composer.giveBack(text);
    if (problem.status === 401) return; // sign-in comes next, and the draft is kept
    this.#advise(problem);
    if (goesByItself && (problem.isUnreachable || !navigator.onLine)) this.#sendOnceConnected(text);
  }

  /** As a message in a conversation that has begun does; unless it is changed meanwhile, or somebody goes elsewhere. */
  #sendOnceConnected(text) {
    const visit = this.#visit;
    this.#notices.querySelector("p").append(" It is sent by itself once there is a connection.");
    news.addEventListener("wake", () => {
      if (this.#visit === visit && !this.#id && !this.#composer.running && this.#composer.words === text) this.#send(text);
    }, { once: true, signal: this.#listening.signal });
  }

  #advise(problem) {
    const { text, remedy } = parts?.adviceFor(problem) ?? { text: "The page could not send this. Your text is kept.", remedy: "again" };
    this.#notice(text, {
      again: { text: "Send again", run: () => this.#send(this.#composer.words) },
      model: { text: "Choose a model", run: () => this.#chooseModel() },
      new: { text: "New conversation", run: () => { drafts.set(null, this.#composer.text); go("/"); } },
    }[remedy]);
  }

  /** Files of text go into the message. */
  async #take(event) {
    if (this.#composer.hidden || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const { readDropped } = await import("../lib/dropped-files.js");
    const { text, refusal } = await readDropped(event.detail);
    if (text) this.#composer.insert(text);
    if (refusal) this.#notice(refusal);
  }

  #notice(text, action) {
    this.#notices.replaceChildren(h("div", { class: "notice" }, icon("warn"), h("p", {}, text),
      h("div", { class: "actions" },
        action && textButton(action.text, () => { this.#notices.replaceChildren(); action.run(); }),
        textButton("Close", () => { this.#notices.replaceChildren(); this.focusComposer(); }))));
  }

  /** Another answer to a message, or a message said differently. */
  async #askAgain({ replyTo, rest, text, parent, from, model, choose }) {
    let chosen = replyTo ? models.find(model)?.id ?? this.#chosen() : this.#chosen();
    if (choose) {
      const wanted = chosen;
      chosen = await loadToWrite(loadPicker, ({ chooseModel }) => chooseModel(wanted, { label: "Answer with" }));
      if (!chosen) return;
    }
    this.#notices.replaceChildren();
    try {
      const sending = this.#chat.thread.askAgain({ replyTo, rest, text, parent, from, model: chosen });
      this.#keepFocus();
      await sending;
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (text) this.#refused(problem, text);
      else this.#notice(
        problem.message,
        problem.code !== "nothing_to_continue" && {
          text: "Try again",
          run: () => this.#askAgain({ replyTo, rest, from, model: chosen }),
        },
      );
    }
  }

  async #stop() {
    try {
      await this.#chat?.thread?.stop();
    } catch (problem) {
      this.#notice(
        `The answer could not be stopped. ${problem.message}`,
        { text: "Stop again", run: () => this.#stop() },
      );
    }
  }

  #showConnection(isConnected) {
    clearTimeout(this.#impatience);
    if (isConnected) this.#connection.textContent = "";
    else this.#impatience = setTimeout(() => { this.#connection.textContent = "Connection lost. Reconnecting…"; }, patienceMs);
  }

  #running(running) {
    this.#composer.running = running;
    if (this.#id) conversations.touch(this.#id, { running: this.#chat?.thread?.isRunning ?? false });
  }

  // ---- title

  /** Puts an editor in the place of the title; a conversation that has not begun has none. */
  async rename() {
    const id = this.#id;
    if (!id || !this.#conversation) return;
    await loadToWrite(() => import("./title-editor.js"), ({ editTitle }) => {
      if (this.#id !== id || this.#title.hidden) return;
      editTitle(this.#title, {
        title: this.#title.textContent,
        save: (title) => conversations.change(id, { title }),
        closed: (byHand) => byHand && this.#arrive(),
      });
    });
  }

  #showTitle() {
    const known = this.#id && (conversations.find(this.#id) ?? this.#conversation);
    const title = known?.title || (this.#id && !known ? "" : "New conversation");
    if (this.#title.textContent !== title) this.#title.textContent = title;
    this.#title.title = this.#id ? `${title} (F2 renames it)` : "";
    document.title = title ? `${title} · Atelier` : "Atelier";
  }

  // ---- model

  #chosen() {
    return this.#model ?? models.choose(this.#conversation?.model);
  }

  #showModel() {
    const id = this.#chosen();
    const unknown = models.state === "loading" ? "Loading models…" : models.state === "failed" ? "Models not loaded" : "No model";
    this.#composer.modelName = id ? models.nameOf(id) : unknown;
    this.#showGauge();
  }

  async #chooseModel() {
    const id = await loadToWrite(loadPicker, ({ chooseModel }) => chooseModel(this.#chosen(), {
      fallbacks: this.#id ? this.#conversation?.fallback_models ?? [] : firstFallbacks.get(),
      onFallbacks: (ids) => this.#keepFallbacks(ids),
    }));
    if (id) {
      this.#model = id;
      memory.set("model", id);
      if (this.#id) conversations.change(this.#id, { model: id }).catch(() => {}); // the next message says it anyway
      this.#showModel();
    }
    this.focusComposer();
  }

  /** Which models are asked when the chosen one fails; they belong to the conversation. */
  async #keepFallbacks(ids) {
    const chat = this.#chat;
    if (!this.#id) return firstFallbacks.set(ids);
    try {
      await chat.keepFallbacks(ids);
    } catch (problem) {
      if (chat === this.#chat) this.#notice(`The models to try were not changed. ${problem.message}`);
    }
  }

  /** How much of the model's memory the conversation takes. */
  #showGauge() {
    const usage = this.#chat?.thread?.messages.findLast(({ generation }) => generation?.prompt_tokens)?.generation;
    this.#gauge.show?.(
      usage ? usage.prompt_tokens + (usage.completion_tokens ?? 0) : null,
      models.find(this.#chosen())?.context_length ?? null,
    );
  }
}

/** The code for messages, Markdown and streams, not needed before there is a conversation; null until it is here. */
let parts = null;

async function loadChat() {
  [parts] = await Promise.all([import("../lib/chat.js"), import("./chat-thread.js")]);
  return parts;
}

function loadPicker() {
  return import("./model-picker.js");
}

/** Where the first key goes; only an administrator ever needs its code. */
function firstRun() {
  import("./first-run.js");
  return document.createElement("first-run");
}

function skeleton() {
  return h("div", { class: "skeleton thread-skeleton", role: "status", "aria-label": "Loading the conversation" },
    h("i", { class: "short" }), h("i"), h("i"), h("i", { class: "part" }), h("i", { class: "short" }), h("i"), h("i", { class: "part" }));
}

customElements.define("chat-view", ChatView);
