import { h, icon } from "../lib/dom.js";
import { drafts } from "../lib/memory.js";

const hint = "Enter sends · Shift+Enter breaks the line · your draft is kept";

/**
 * <chat-composer>: where a message is written.
 *
 * Fires `composer-send` with `{text}`, `composer-stop`, `composer-edit-last`, and `composer-model`. The draft is kept from the first
 * letter until `sent()`; `giveBack()` returns a text that could not be sent.
 */
export class ChatComposer extends HTMLElement {
  #area = h(
    "textarea",
    {
      "aria-label": "Message",
      placeholder: "Write a message",
      rows: 1,
      enterkeyhint: "send",
      "aria-describedby": "composer-hint",
    },
  );
  #model = h(
    "button",
    {
      type: "button",
      class: "model",
      "aria-haspopup": "dialog",
      "data-role": "model-button",
      onclick: () => this.#fire("composer-model"),
    },
  );
  #button = h("button", { class: "send" });
  #hint = h("p", { class: "hint", id: "composer-hint" }, hint);
  #conversationId = null;
  #running = false;
  #resizing = new ResizeObserver(() => this.#grow());

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
    this.#resizing.observe(this);
  }

  disconnectedCallback() {
    this.#resizing.disconnect();
  }

  /** Turns to another conversation and its draft. */
  set conversationId(id) {
    this.#conversationId = id;
    this.#put(drafts.get(id));
  }

  /** Keeps what is written when the conversation gets its id. */
  adopt(id) {
    this.#conversationId = id;
    drafts.set(id, this.#area.value);
  }

  /** Whether this conversation's answer is being written: Send is Stop then. */
  set running(running) {
    // Stop turns into a Send that may be disabled, and a disabled button loses the focus.
    if (this.#running && !running && document.activeElement === this.#button) this.#area.focus({ preventScroll: true });
    this.#running = running;
    this.dataset.state = running ? "running" : "idle";
    this.#hint.textContent = hint;
    this.#button.classList.toggle("send--stop", running);
    this.#button.setAttribute("aria-label", running ? "Stop" : "Send");
    this.#button.title = running ? "Stop (Esc)" : "Send (Enter)";
    this.#button.replaceChildren(icon(running ? "stop" : "send"));
    this.#enable();
  }

  /** @param {string} name what the answer will be written by */
  set modelName(name) {
    this.#model.replaceChildren(
      h("span", { class: "unseen" }, "Model: "),
      h("span", { class: "name" }, name),
      icon("down"),
    );
    this.#model.title = `Model: ${name}. Choose another.`;
  }

  get text() {
    return this.#area.value;
  }

  /** The server has the message: the draft may go. A text written since stays. */
  sent(conversationId, text) {
    if (drafts.get(conversationId) === text) drafts.clear(conversationId);
  }

  /** A message could not be sent: its text comes back, before what has been written since. */
  giveBack(text) {
    const since = this.#area.value;
    this.#put(since && since !== text ? `${text}\n\n${since}` : text);
    drafts.set(this.#conversationId, this.#area.value);
    this.focusField();
  }

  focusField() {
    this.#area.focus({ preventScroll: true });
    this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
  }

  #build() {
    this.append(
      h("form", {
        class: "box",
        onsubmit: (event) => { event.preventDefault(); this.#running ? this.#fire("composer-stop") : this.#send(); },
      },
        this.#area, h("div", { class: "row" }, this.#model, this.#button)),
      this.#hint);
    this.#area.addEventListener("input", () => this.#written());
    this.#area.addEventListener("keydown", (event) => this.#key(event));
    this.querySelector(".box").addEventListener(
      "click",
      (event) => event.target === event.currentTarget && this.#area.focus(),
    );
    this.running = false;
  }

  #put(text) {
    this.#area.value = text;
    this.#grow();
    this.#enable();
  }

  #written() {
    drafts.set(this.#conversationId, this.#area.value);
    this.#grow();
    this.#enable();
  }

  #key(event) {
    // While an input method composes, Enter chooses a word; Safari tells by the key code alone.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && !this.#area.value && !this.#running) {
      event.preventDefault();
      this.#fire("composer-edit-last");
    }
  }

  #send() {
    const text = this.#area.value.trim();
    if (!text) return;
    if (this.#running) return void (this.#hint.textContent = "The answer is still being written · Esc stops it · your draft is kept");
    this.#fire("composer-send", { text });
  }

  /** Empties the field on the way; what is kept stays kept until `sent()`. */
  clearField(text) {
    drafts.set(this.#conversationId, text);
    this.#put("");
  }

  // As high as the text, up to a third of the view.
  #grow() {
    this.#area.style.height = "auto";
    const limit = Math.max(80, (this.closest("chat-view")?.clientHeight ?? innerHeight) / 3);
    this.#area.style.height = `${Math.min(this.#area.scrollHeight, limit)}px`;
    this.#area.style.overflowY = this.#area.scrollHeight > limit ? "auto" : "hidden";
  }

  #enable() {
    this.#button.disabled = !this.#running && !this.#area.value.trim();
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("chat-composer", ChatComposer);
