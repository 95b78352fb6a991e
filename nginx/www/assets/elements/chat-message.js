import { isLive } from "../lib/answer-run.js";
import { exact } from "../lib/dates.js";
import { copyText } from "../lib/copy-text.js";
import { h, icon, iconButton, styles } from "../lib/dom.js";
import { cost, count, duration, grouped, thought } from "../lib/format.js";
import { locale } from "../lib/locale.js";
import { models } from "../lib/models.js";
import { outcomeOf } from "./answer-outcome.js";
import { ownText } from "./own-text.js";
import "./markdown-text.js";
import { editText } from "./text-editor.js";

await styles(new URL("./chat-message.css", import.meta.url));

/**
 * <chat-message>: one turn, of the person or of a model.
 *
 * It shows `message` and what arrives for it; what the person wants done with it leaves as a `message-action`
 * event with `{action, message, text?}`: regenerate, regenerate-with, continue, edit, sibling. Who refuses it
 * prevents the default.
 */
export class ChatMessage extends HTMLElement {
  /** @type {object} as the API has it */
  message = null;
  #text = null;
  #reasoning = null;
  #thinkingSince = null;
  #ticking = null;
  #began = performance.now();
  #isRoving = false;

  /** @param {object} message */
  show(message) {
    this.message = message;
    this.dataset.role = message.role;
    this.classList.add(message.role === "user" ? "me" : "reply");
    this.classList.remove(message.role === "user" ? "reply" : "me");
    this.#reasoning = null;
    this.#thinkingSince = null;
    clearInterval(this.#ticking);
    if (message.role === "user") this.#showPerson();
    else this.#showModel();
    this.update();
  }

  disconnectedCallback() {
    clearInterval(this.#ticking);
  }

  get isLive() {
    return isLive(this.message);
  }

  /** What can be done with it: the buttons of its toolbar that work. */
  get actions() {
    return [...this.querySelectorAll(".meta button:enabled")];
  }

  /** Makes one action the one that Tab comes to: `target` if it is one, else the one before; null leaves none. */
  rove(target) {
    const { actions } = this;
    this.#isRoving = target !== null;
    const chosen = actions.find((button) => button === target) ?? actions.find((button) => button.tabIndex === 0) ?? actions[0];
    for (const button of actions) button.tabIndex = this.#isRoving && button === chosen ? 0 : -1;
  }

  /** Brings everything around the text up to date after `message` changed. */
  update() {
    const { message } = this;
    this.dataset.messageId = message.id ?? "";
    this.dataset.state = message.state ?? message.generation?.state ?? "completed";
    if (message.role === "assistant") this.#updateModel();
    this.#showActions(message.role === "user" ? this.#personMeta() : this.#modelMeta());
  }

  /** Shows what has been added to the message. @param {"reasoning"|"text"} kind */
  write(kind, piece) {
    if (kind === "reasoning") {
      if (this.#thinkingSince === null) this.#beginThinking();
      return this.#reasoning.lastElementChild.write(piece);
    }
    this.#endThinking();
    this.querySelector(".waiting")?.remove();
    this.#text.write(piece);
  }

  /** Nothing more comes. */
  finish() {
    this.#endThinking();
    this.#text.finish();
    if (this.#text.text !== this.message.text) this.#text.show(this.message.text); // it came by another way
    const { generation } = this.message;
    generation.elapsed_ms ??= elapsed(generation) ?? performance.now() - this.#began;
    this.update();
  }

  /** Puts an editor in the place of the bubble. */
  edit() {
    if (this.querySelector(".editor")) return;
    const from = document.activeElement; // the button, or the field of the next message
    editText([this.querySelector(".bubble"), this.querySelector(".meta")], {
      label: "Edited text", text: this.message.text,
      draft: `${this.closest("chat-thread").thread.conversationId}.${this.message.id}`, help: "The old answer stays beside the new one.", action: "Send",
      save: (text) => this.#ask("edit", { text }),
      closed: () => (from?.isConnected && from !== document.body ? from : this.querySelector("[data-action=edit]"))?.focus(),
    });
  }

  #showPerson() {
    this.replaceChildren(
      h("h2", { class: "unseen" }, "You"),
      h("div", { class: "bubble", dir: "auto" }, ownText(this.message.text)),
      toolbar(),
    );
  }

  #showModel() {
    const { message } = this;
    this.#text = h("markdown-text", { class: "text" });
    this.replaceChildren(
      h("h2", { class: "by" }),
      h("p", { class: "instead" }),
      this.#text,
      h("div", { class: "outcome" }),
      toolbar(),
    );
    if (message.reasoning) {
      this.#addReasoning("").show(message.reasoning);
      this.#sayThought(message.generation?.reasoning_duration_ms);
    }
    if (message.text) this.#text.show(message.text);
    else if (this.isLive) this.#text.before(h(
      "p",
      { class: "waiting" },
      h("span", { class: "unseen" }, "Waiting for the answer"),
      h("i"),
      h("i"),
      h("i"),
    ));
  }

  #updateModel() {
    const { generation } = this.message;
    const name = generation?.model_name || models.nameOf(generation?.model) || "Model";
    const took = generation && !this.isLive ? elapsed(generation) ?? generation.elapsed_ms : null;
    if (this.message.created_ms) this.querySelector(".by").title = exact(this.message.created_ms, locale());
    this.querySelector(".by").replaceChildren(
      h("b", {}, name),
      took !== null && took !== undefined && generation.state === "completed" ? h(
        "span",
        {},
        ` answered in ${duration(took)}`,
      ) : "",
    );
    this.querySelector(".instead").textContent = generation?.requested_model
      ? `Answered by ${name} because ${models.nameOf(generation.requested_model)} was not available.`
      : "";
    if (!this.isLive) this.querySelector(".waiting")?.remove();
    this.querySelector(".outcome").replaceChildren(...(generation && !this.isLive ? outcomeOf(this.message, (action) => this.#remedy(action)) : []));
  }

  #remedy(action) {
    if (action === "edit-question") this.previousElementSibling?.edit?.();
    else this.#ask(action);
  }

  #beginThinking() {
    this.querySelector(".waiting")?.remove();
    this.#thinkingSince = performance.now();
    if (!this.#reasoning) this.#addReasoning("Thinking…");
    this.#reasoning.dataset.state = "running";
    const label = this.#reasoning.querySelector("summary span");
    this.#ticking = setInterval(
      () => { label.textContent = `Thinking… ${thought(performance.now() - this.#thinkingSince)}`; },
      1000,
    );
  }

  #endThinking() {
    if (this.#thinkingSince === null || this.#reasoning?.dataset.state !== "running") return;
    clearInterval(this.#ticking);
    this.#reasoning.lastElementChild.finish();
    this.#sayThought(performance.now() - this.#thinkingSince);
  }

  #addReasoning(label) {
    const body = h("markdown-text");
    this.#reasoning = h(
      "details",
      { class: "reasoning" },
      h("summary", {}, icon("right"), h("span", {}, label)),
      body,
    );
    this.#text.before(this.#reasoning);
    return body;
  }

  #sayThought(ms) {
    this.#reasoning.dataset.state = "finished";
    this.#reasoning.querySelector("summary span").textContent = ms === null || ms === undefined ? "Thoughts" : `Thought for ${thought(ms)}`;
  }

  // Buttons that are made anew take the focus over from those they replace.
  #showActions(content) {
    const meta = this.querySelector(".meta");
    const focused = meta.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    meta.replaceChildren(...content);
    this.rove(this.#isRoving ? undefined : null);
    if (focused) (this.actions.find((button) => button.getAttribute("aria-label") === focused) ?? this.actions[0])?.focus();
  }

  #personMeta() {
    if (!this.message.id) return [];
    return [...this.#siblings(),
      iconButton("copy", "Copy", { onclick: (event) => this.#copy(event) }),
      iconButton("pen", "Edit", { "data-action": "edit", onclick: () => this.edit() })];
  }

  #modelMeta() {
    if (this.isLive) return [];
    return [
      this.message.text && iconButton("copy", "Copy", { onclick: (event) => this.#copy(event) }),
      iconButton("again", "Regenerate", { "data-action": "regenerate", onclick: () => this.#ask("regenerate") }),
      iconButton(
        "swap",
        "Regenerate with another model",
        { "data-action": "regenerate-with", onclick: () => this.#ask("regenerate-with") },
      ),
      ...this.#siblings(), ...this.#usage()].filter(Boolean);
  }

  #siblings() {
    const { id, sibling_ids: ids = [] } = this.message;
    const at = ids.indexOf(id);
    if (ids.length < 2 || at < 0) return [];
    const step = (name, label, to) => iconButton(
      name,
      label,
      {
        disabled: !ids[to],
        "data-action": name === "left" ? "previous" : "next",
        onclick: () => this.#ask("sibling", { to: ids[to] }),
      },
    );
    return [h("span", { class: "siblings", role: "group", "aria-label": "Versions" },
      step("left", "Previous version", at - 1), h(
        "span",
        {},
        `${at + 1} of ${ids.length}`,
      ), step("right", "Next version", at + 1))];
  }

  #usage() {
    const {
      prompt_tokens: sent,
      completion_tokens: made,
      reasoning_tokens: thinking,
      cached_tokens: cached,
      cost_nano_usd: spent,
      cost_estimated: estimated,
    } = this.message.generation ?? {};
    const parts = [
      isNumber(made) && `${count(made)} tokens`,
      isNumber(spent) && cost(spent, { estimated }),
    ].filter(Boolean);
    if (!parts.length) return [];
    const details = [isNumber(sent) && `${grouped(sent)} tokens read`, cached > 0 && `${grouped(cached)} of them cached`, isNumber(made) && `${grouped(made)} written`,
      thinking > 0 && `${grouped(thinking)} of them thinking`, estimated && "cost estimated from the price list"].filter(Boolean);
    return [h("span", { class: "usage", title: details.join(", ") }, parts.join(" · "))];
  }

  async #copy({ currentTarget: button }) {
    const done = await copyText(this.message.text);
    button.replaceChildren(icon(done ? "check" : "warn"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1600);
  }

  #ask(action, more = {}) {
    return this.dispatchEvent(new CustomEvent(
      "message-action",
      { bubbles: true, cancelable: true, detail: { action, message: this.message, element: this, ...more } },
    ));
  }
}

function toolbar() {
  return h("div", { class: "meta", role: "toolbar", "aria-label": "Actions" });
}

const isNumber = (value) => typeof value === "number";

/** From asking to the last word, by the server's clock. */
function elapsed({ created_ms: from, finished_ms: to }) {
  return from && to ? Math.max(0, to - from) : null;
}

customElements.define("chat-message", ChatMessage);
