import { h, iconButton, styles, textButton } from "../lib/dom.js";
import { outbox } from "../lib/outbox.js";
import { ownText } from "./own-text.js";
import { editText } from "./text-editor.js";

await styles(new URL("./pending-messages.css", import.meta.url));

/** How the last answer ended, where the messages after it wait for the person's word. */
const endings = {
  stopped: "The last answer was stopped.",
  failed: "The last answer failed.",
  interrupted: "The last answer broke off.",
};

/** <pending-messages>: what will be sent in a conversation, in its order; each can be changed or given up. */
export class PendingMessages extends HTMLElement {
  #id = null;
  #listening = null;
  #note = h("p", { role: "status" });
  #act = h("div", { class: "actions" });
  #list = h("ol");

  connectedCallback() {
    if (!this.hasChildNodes()) this.append(h("div", { class: "reason" }, this.#note, this.#act), this.#list);
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Messages to be sent");
    this.#listening = new AbortController();
    outbox.addEventListener("change", ({ detail: id }) => id === this.#id && this.#render(), this.#listening);
    this.#render();
  }

  disconnectedCallback() {
    this.#listening.abort();
  }

  set conversationId(id) {
    this.#id = id;
    this.#render();
  }

  #render() {
    const hold = outbox.hold(this.#id);
    // What is on its way the thread shows; it is here only once that went wrong.
    const items = this.#id ? outbox.items(this.#id).filter((item) => !item.isDue || hold?.problem) : [];
    const isEdited = this.querySelector(".editor") !== null;
    this.hidden = !items.length && !isEdited;
    if (isEdited) return; // what is being written stays; closing it comes back here
    const hadFocus = this.contains(document.activeElement);
    this.#explain(items.length ? hold : null);
    this.#list.replaceChildren(...items.map((item, at) => this.#row(item, hold?.problem && at === 0)));
    if (!hadFocus || this.contains(document.activeElement)) return;
    const next = this.querySelector("button");
    if (next) next.focus();
    else this.closest("chat-view")?.focusComposer();
  }

  #explain(hold) {
    const text = hold?.problem ? hold.problem.message : hold ? `${endings[hold.state] ?? "The last answer is not complete."} What follows waits.` : "";
    if (this.#note.textContent !== text) this.#note.textContent = text;
    this.#act.replaceChildren(...(hold
      ? [textButton(hold.problem ? "Try again" : "Send now", () => outbox.send(this.#id, { isDue: true }))]
      : []));
  }

  #row(item, isRefused) {
    const bubble = h("div", { class: "bubble", dir: "auto" }, ownText(item.text));
    const meta = h("div", { class: "meta" },
      h("span", { class: "standing" }, isRefused ? "Not sent" : "Queued"),
      iconButton("pen", "Edit", { "data-action": "edit", onclick: () => this.#edit(item, bubble, meta) }),
      iconButton("close", "Remove", { "data-action": "remove", onclick: () => outbox.remove(this.#id, item.key) }));
    return h("li", { class: "me", "data-state": isRefused ? "refused" : "queued" }, bubble, meta);
  }

  #edit(item, bubble, meta) {
    editText([bubble, meta], {
      label: "Edited text", text: item.text, draft: `${this.#id}.${item.key}`, help: "It keeps its place in the queue.", action: "Save",
      save: (text) => outbox.edit(this.#id, item.key, text),
      closed: () => { this.#render(); this.querySelector("[data-action=edit]")?.focus(); },
    });
  }
}

customElements.define("pending-messages", PendingMessages);
