import { conversations, groupByPeriod } from "../lib/conversations.js";
import { go, h, icon, iconButton, isComposing, loadToWrite, openMenu, textButton } from "../lib/dom.js";

/** How long after the last key the list is searched. */
const searchDelayMs = 180;

/** <conversation-list>: searchable, grouped by day, endless; each row can be renamed and deleted. */
export class ConversationList extends HTMLElement {
  #search = h(
    "input",
    {
      type: "search",
      placeholder: "Search",
      "aria-label": "Search conversations by title",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      dir: "auto",
    },
  );
  #body = h("div", { class: "rows" });
  #end = h("div", { class: "end" });
  #rows = new Map();
  #shown = "";
  #timer = null;
  /** While a title is edited the rows stay as they are. */
  #isEditing = false;
  #listening = null;
  #nearEnd = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && this.#more(),
    { rootMargin: "300px" },
  );

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    conversations.addEventListener("change", () => this.#render(), { signal });
    window.addEventListener("atelier:place", () => this.#markCurrent(), { signal });
    this.#nearEnd.observe(this.#end);
    this.#shown = "";
    this.#search.value = conversations.query;
    this.#render();
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#nearEnd.disconnect();
    clearTimeout(this.#timer);
  }

  focusFirst() {
    (this.querySelector("[aria-current] a") ?? this.#search).focus();
  }

  #build() {
    this.classList.add("list");
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", "Conversations");
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => conversations.load(this.#search.value.trim()), searchDelayMs);
    });
    this.#search.addEventListener("keydown", (event) => {
      if (isComposing(event)) return;
      if (event.key === "ArrowDown") this.querySelector(".conv a")?.focus();
      if (event.key === "Enter") this.querySelector(".conv a")?.click();
    });
    this.#body.addEventListener("keydown", (event) => this.#walk(event));
    this.#body.addEventListener("focusin", ({ target }) => this.#rove(target.closest(".conv")));
    // What may be wanted in a moment is here by then, and without a network too.
    for (const name of ["pointerover", "focusin"]) this.#body.addEventListener(name, () => loadTools().catch(() => {}), { once: true });
    this.append(
      h("div", { class: "head" },
        h("label", { class: "search" }, icon("search"), this.#search),
        h(
          "a",
          { class: "new", href: "/", "aria-label": "New conversation", title: "New conversation (Ctrl Shift O)" },
          icon("plus"),
        )),
      this.#body);
  }

  #render() {
    const { state, items } = conversations;
    this.dataset.state = state === "ready" && !items.length ? "empty" : state;
    // A token of the stream touches the store, but rarely what is seen here.
    const seen = JSON.stringify([
      this.dataset.state,
      conversations.hasMore,
      items.map((item) => [item.id, item.title, item.running, item.updated_ms]),
    ]);
    if (seen === this.#shown || this.#isEditing) return;
    this.#shown = seen;
    const focused = document.activeElement?.closest?.("conversation-list .conv")?.dataset.conversationId;
    this.#body.replaceChildren(...this.#content(state, items));
    this.#markCurrent();
    this.#rove(null);
    if (focused && !this.contains(document.activeElement)) this.#rows.get(focused)?.querySelector("a").focus();
  }

  #content(state, items) {
    if (state === "failed") return [this.#failure()];
    if (state === "loading" && !items.length) return [skeleton()];
    if (!items.length) return [this.#emptiness()];
    this.#rows.clear();
    const groups = groupByPeriod(items, Date.now()).map(({ period, items: members }) =>
      h(
        "section",
        { "aria-label": period },
        h("h2", {}, period),
        h("ul", {}, members.map((item) => this.#row(item))),
      ));
    return [...groups, this.#end];
  }

  #row(item) {
    const title = item.title || "New conversation";
    const row = h("li", {
      class: "conv",
      "data-conversation-id": item.id,
      "data-state": item.running ? "running" : "idle",
    },
      h("a", { href: `/c/${item.id}`, title }, h("span", { dir: "auto" }, title)),
      item.running && h("i", { class: "live", role: "img", "aria-label": "answer running", title: "answer running" }),
      iconButton(
        "more",
        `More for ${title}`,
        {
          class: "icon-button more",
          "aria-haspopup": "menu",
          onclick: ({ currentTarget }) => this.#menu(currentTarget, item),
        },
      ));
    this.#rows.set(item.id, row);
    return row;
  }

  #menu(button, item) {
    openMenu(button, "Conversation", [
      { text: "Rename", icon: "pen", run: () => this.#rename(item) },
      { text: "Delete", icon: "trash", danger: true, run: () => this.#remove(item) },
    ]);
  }

  /** Renames the conversation whose row has the focus; false when there is none. */
  renameFocused() {
    const item = this.#focused;
    if (item) this.#rename(item);
    return item !== null;
  }

  get #focused() {
    const row = document.activeElement?.closest?.("conversation-list .conv");
    return row ? conversations.find(row.dataset.conversationId) : null;
  }

  #rename(item) {
    return loadToWrite(loadTools, ({ editTitle }) => this.#editTitle(item, editTitle));
  }

  #editTitle(item, editTitle) {
    const link = this.#rows.get(item.id)?.querySelector("a");
    if (!link || this.#isEditing) return;
    this.#isEditing = true;
    editTitle(link, {
      title: item.title,
      save: (title) => conversations.change(item.id, { title }),
      closed: (byHand) => {
        this.#isEditing = false;
        this.#render();
        if (byHand) this.#rows.get(item.id)?.querySelector("a").focus();
      },
    });
  }

  async #remove(item) {
    const links = [...this.querySelectorAll(".conv > a")];
    const at = links.findIndex((link) => link.parentElement.dataset.conversationId === item.id);
    const next = (links[at + 1] ?? links[at - 1])?.parentElement.dataset.conversationId;
    const { removeConversation } = await loadTools();
    if (!await removeConversation(item)) return;
    (this.#rows.get(next)?.querySelector("a") ?? this.#search).focus();
  }

  #markCurrent() {
    for (const [id, row] of this.#rows) {
      const here = location.pathname === `/c/${id}`;
      row.toggleAttribute("data-current", here);
      if (here) row.firstChild.setAttribute("aria-current", "page");
      else row.firstChild.removeAttribute("aria-current");
    }
    if (!this.#body.contains(document.activeElement)) this.#rove(null);
  }

  // Tab comes to one row only, the arrows go to the others.
  #rove(chosen) {
    const rows = [...this.#body.querySelectorAll(".conv")];
    const stop = chosen ?? rows.find((row) => row.hasAttribute("data-current")) ?? rows[0];
    for (const row of rows) for (const part of row.querySelectorAll("a, button")) part.tabIndex = row === stop ? 0 : -1;
  }

  async #more() {
    try {
      await conversations.loadMore();
      if (conversations.hasMore) { // still in sight? The observer only tells of changes.
        this.#nearEnd.unobserve(this.#end);
        this.#nearEnd.observe(this.#end);
      }
    } catch {
      this.#end.replaceChildren(textButton("Load more", () => { this.#end.replaceChildren(); this.#more(); }));
    }
  }

  #walk(event) {
    if (event.key === "Delete" && this.#focused) {
      event.preventDefault();
      this.#remove(this.#focused);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const link = event.target.closest(".conv > a");
    if (!step || !link) return;
    event.preventDefault();
    const links = [...this.querySelectorAll(".conv > a")];
    (links[links.indexOf(link) + step] ?? this.#search).focus();
  }

  #failure() {
    return h("div", { class: "blank" }, h(
      "p",
      {},
      "The conversations could not be loaded. They are safe on the server.",
    ),
      h("div", { class: "actions" }, textButton("Try again", () => conversations.load())));
  }

  #emptiness() {
    if (conversations.query) return h(
      "div",
      { class: "blank" },
      h("p", {}, `No title contains “${conversations.query}”.`),
    );
    return h(
      "div",
      { class: "blank" },
      h("p", {}, "Your conversations will be listed here. Write the first message to begin one."),
    );
  }
}

async function loadTools() {
  const [{ editTitle }, { removeConversation }] = await Promise.all([import("./title-editor.js"), import("./remove-conversation.js")]);
  return { editTitle, removeConversation };
}

function skeleton() {
  return h(
    "div",
    { class: "skeleton", "aria-label": "Loading conversations", role: "status" },
    Array.from({ length: 7 }, () => h("i")),
  );
}

customElements.define("conversation-list", ConversationList);
