import { h, icon, isComposing } from "../lib/dom.js";
import { drafts } from "../lib/memory.js";

const hints = {
  idle: "Enter sends · Shift+Enter breaks the line · your draft is kept",
  running: "Enter sends it after this answer · Shift+Enter breaks the line · Esc stops the answer",
};
const touchHints = {
  idle: "The button sends · Enter breaks the line · your draft is kept",
  running: "The button sends it after this answer · Enter breaks the line",
};

/** Where fingers point, the keyboard is on the screen, and has no Shift+Enter. */
const touch = window.matchMedia("(pointer: coarse)");

/** Keys that no keyboard on a screen has: where one was pressed, there is another keyboard. */
const hardKeys = new Set(["Control", "Meta", "Alt", "Escape"]);
let hasHardKeys = false;

/** Whether Enter sends what is written; otherwise it breaks the line, and a button sends. */
function doesEnterSend() {
  return hasHardKeys || !touch.matches;
}

/** Whether a key in a field of several lines means that it is done; with Ctrl or ⌘ Enter always does. */
export function isDone(event) {
  if (event.key !== "Enter" || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || (!event.shiftKey && !event.altKey && doesEnterSend());
}

/**
 * What a person has written, as it is sent: every blank at a beginning is theirs (code, a difference between files),
 * the empty lines at the end are nobody's.
 * @param {string} text of the field
 * @returns {string} empty when there is nothing but blanks
 */
export function wordsOf(text) {
  if (!text.trim()) return "";
  let end = text.length;
  while (text[end - 1] === "\n") end -= 1;
  return text.slice(0, end);
}

/**
 * <chat-composer>: where a message is written.
 *
 * Fires `composer-send` with `{text}`, also while an answer runs; `composer-stop`, `composer-edit-last`, and `composer-model`. The
 * draft is kept from the first letter until `taken()`; `giveBack()` returns a text that could not be sent.
 */
export class ChatComposer extends HTMLElement {
  #area = h(
    "textarea",
    {
      "aria-label": "Message",
      dir: "auto",
      placeholder: "Write a message",
      rows: 1,
      dir: "auto",
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
  #sendButton = h("button", { class: "send" }, icon("send"));
  #stopButton = h(
    "button",
    {
      type: "button",
      class: "send send--stop",
      "aria-label": "Stop",
      title: "Stop (Esc)",
      onclick: () => this.#fire("composer-stop"),
    },
    icon("stop"),
  );
  #hint = h("p", { class: "hint", id: "composer-hint" });
  #conversationId = null;
  #running = false;
  #listening = null;
  #resizing = new ResizeObserver(() => this.#grow());

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
    this.#resizing.observe(this);
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    touch.addEventListener("change", () => this.#hintAtKeys(), { signal });
    document.addEventListener("keydown", ({ key }) => this.#heard(key), { signal, capture: true });
    drafts.settled.then(() => this.#conversationId === null && !this.#area.value && this.#put(drafts.get(null)));
  }

  disconnectedCallback() {
    this.#resizing.disconnect();
    this.#listening.abort();
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

  /** Whether this conversation's answer is being written: there is Stop then, and what is sent waits for its end. */
  set running(running) {
    // A button that goes, or is disabled, loses the focus.
    if (this.#running !== running && this.querySelector(".send:focus")) this.#area.focus({ preventScroll: true });
    this.#running = running;
    this.dataset.state = running ? "running" : "idle";
    this.#hintAtKeys();
    this.#sendButton.setAttribute("aria-label", running ? "Send after this answer" : "Send");
    this.#stopButton.hidden = !running;
    this.#enable();
  }

  get running() {
    return this.#running;
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

  /** What would be sent. */
  get words() {
    return wordsOf(this.#area.value);
  }

  /** The message is kept elsewhere now: the draft may go. A text written since stays. */
  taken(conversationId, text) {
    if (drafts.get(conversationId) === text) drafts.clear(conversationId);
  }

  /** A message could not be sent: its text comes back, before what has been written since. */
  giveBack(text) {
    const since = this.#area.value;
    this.#put(since && since !== text ? `${text}\n\n${since}` : text);
    drafts.set(this.#conversationId, this.#area.value);
    this.focusField();
  }

  /** Adds a text on lines of its own, where the cursor is. */
  insert(text) {
    const { value, selectionStart: from, selectionEnd: to } = this.#area;
    const before = from && value[from - 1] !== "\n" ? "\n" : "";
    this.#area.setRangeText(`${before}${text}\n`, from, to, "end");
    this.#written();
    this.#area.focus();
  }

  focusField() {
    this.#area.focus({ preventScroll: true });
    this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
  }

  #build() {
    this.append(
      h("form", {
        class: "box",
        onsubmit: (event) => { event.preventDefault(); this.#send(); },
      },
        this.#area, h("div", { class: "row" }, this.#model, this.#stopButton, this.#sendButton)),
      this.#hint);
    this.#area.addEventListener("input", () => this.#written());
    this.#area.addEventListener("keydown", (event) => this.#key(event));
    this.#area.addEventListener("paste", (event) => {
      const { files, types } = event.clipboardData;
      if (!files.length || types.includes("text/plain")) return; // a cell of a table comes as its picture, too
      event.preventDefault();
      window.dispatchEvent(new CustomEvent("atelier:files", { detail: [...files] }));
    });
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

  #heard(key) {
    if (hasHardKeys || !hardKeys.has(key)) return;
    hasHardKeys = true;
    this.#hintAtKeys();
  }

  #hintAtKeys() {
    const sends = doesEnterSend();
    this.#hint.textContent = (sends ? hints : touchHints)[this.dataset.state];
    this.#area.enterKeyHint = sends ? "send" : "enter";
    const name = this.#running ? "Send after this answer" : "Send";
    this.#sendButton.title = sends ? `${name} (Enter)` : name;
  }

  #key(event) {
    if (isDone(event)) {
      event.preventDefault();
      this.#send();
    } else if (isComposing(event)) {
      return;
    } else if (event.key === "ArrowUp" && !this.#area.value && !this.#running) {
      event.preventDefault();
      this.#fire("composer-edit-last");
    } else if (/^Page(Up|Down)$/.test(event.key) && this.#area.scrollHeight <= this.#area.clientHeight) {
      event.preventDefault(); // the field has no other page, the conversation may
      this.#fire("composer-page", event.key === "PageUp" ? -1 : 1);
    }
  }

  #send() {
    const { words } = this;
    if (words) this.#fire("composer-send", { text: words });
  }

  /** Empties the field on the way; what is kept stays kept until `taken()`. */
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
    const isEmpty = !this.words;
    this.#sendButton.disabled = isEmpty;
    this.#sendButton.hidden = this.#running && isEmpty;
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("chat-composer", ChatComposer);
