import { conversations, groupByPeriod, periods } from "../lib/conversations.js";
import { emptyState, finePointer, h, icon, iconButton, isComposing, loadToWrite, openMenu, textButton } from "../lib/dom.js";

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
  #deleted = h(
    "button",
    { type: "button", class: "deleted-before", onclick: () => import("./deleted-dialog.js").then((m) => m.showDeleted()) },
    icon("trash"),
    "Recently deleted",
  );
  #sections = new Map(periods.map((period) => [period, h("section", { "aria-label": period }, h("h2", {}, period), h("ul"))]));
  /** @type {Map<string, HTMLElement>} by the id of their conversation */
  #rows = new Map();
  /** Which words stand in the place of the rows; null while there are rows. */
  #instead = "";
  /** The row of what is open, and the one that Tab comes to. */
  #current = null;
  #stop = null;
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
    this.#search.value = conversations.query;
    this.#render();
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#nearEnd.disconnect();
    clearTimeout(this.#timer);
  }

  focusFirst() {
    const first = this.querySelector("[aria-current]") ?? this.querySelector(".conv a");
    (first ?? (finePointer.matches ? this.#search : this.querySelector(".new"))).focus();
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
    if (this.#isEditing) return;
    const focused = document.activeElement?.closest?.("conversation-list .conv")?.dataset.conversationId;
    if (state === "failed" || !items.length) this.#showInstead(state);
    else this.#showRows(items);
    this.#markCurrent();
    // A browser that can not move a row takes the focus from it.
    if (focused && !this.contains(document.activeElement)) this.#rows.get(focused)?.firstChild.focus({ preventScroll: true });
  }

  #showInstead(state) {
    const words = `${state} ${conversations.query}`;
    if (words === this.#instead) return;
    this.#instead = words;
    this.#body.replaceChildren(...state === "failed" ? [this.#failure()] : state === "loading" ? [skeleton()] : [this.#emptiness(), this.#deleted]);
  }

  // Each row stays what it is, and where it is if it can: with its focus, its menu, and the place that is read.
  #showRows(items) {
    if (this.#instead !== null) this.#body.replaceChildren(...this.#sections.values(), this.#end, this.#deleted);
    this.#instead = null;
    const listed = new Set(items.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!listed.has(id)) { this.#rows.delete(id); row.remove(); }
    const groups = new Map(groupByPeriod(items, Date.now()).map((group) => [group.period, group.items]));
    for (const [period, section] of this.#sections) {
      const members = groups.get(period) ?? [];
      place(section.lastChild, members.map((item) => this.#row(item)));
      section.hidden = !members.length;
    }
  }

  #row({ id, title, running }) {
    if (!this.#rows.has(id)) this.#rows.set(id, this.#newRow(id));
    const row = this.#rows.get(id);
    const [link, live, more] = row.children;
    const name = title || "New conversation";
    if (link.title !== name) {
      link.title = link.firstChild.textContent = name;
      more.title = more.ariaLabel = `More for ${name}`;
    }
    const state = running ? "running" : "idle";
    if (row.dataset.state !== state) {
      row.dataset.state = state;
      live.hidden = !running;
    }
    return row;
  }

  #newRow(id) {
    return h("li", { class: "conv", "data-conversation-id": id },
      h("a", { href: `/c/${id}`, tabindex: -1 }, h("span", { dir: "auto" })),
      h("i", { class: "live", role: "img", "aria-label": "answer running", title: "answer running" }),
      iconButton("more", "", {
        class: "icon-button more",
        "aria-haspopup": "menu",
        tabindex: -1,
        onclick: ({ currentTarget }) => this.#menu(currentTarget, id),
      }));
  }

  #menu(button, id) {
    openMenu(button, "Conversation", [
      { text: "Rename", icon: "pen", run: () => this.#rename(conversations.find(id)) },
      { text: "Delete", icon: "trash", danger: true, run: () => this.#remove(conversations.find(id)) },
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
    const link = this.#rows.get(item.id)?.firstChild;
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
    const here = this.#rows.get(/^\/c\/([^/]+)$/.exec(location.pathname)?.[1]) ?? null;
    if (here !== this.#current) {
      this.#current?.removeAttribute("data-current");
      this.#current?.firstChild.removeAttribute("aria-current");
      here?.setAttribute("data-current", "");
      here?.firstChild.setAttribute("aria-current", "page");
      this.#current = here;
    }
    if (!this.#body.contains(document.activeElement)) this.#rove(null);
  }

  // Tab comes to one row only, the arrows go to the others.
  #rove(chosen) {
    const stop = chosen ?? this.#current ?? this.#body.querySelector(".conv");
    if (stop === this.#stop) return;
    for (const [row, index] of [[this.#stop, -1], [stop, 0]]) {
      for (const part of row?.querySelectorAll(":scope > :is(a, button)") ?? []) part.tabIndex = index;
    }
    this.#stop = stop;
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
    return emptyState(
      { text: "The conversations could not be loaded. They are safe on the server." },
      textButton("Try again", () => conversations.load()),
    );
  }

  #emptiness() {
    const { query } = conversations;
    return emptyState({
      text: query ? `No title contains “${query}”.` : "Your conversations will be listed here. Write the first message to begin one.",
    });
  }
}

async function loadTools() {
  const [{ editTitle }, { removeConversation }] = await Promise.all([import("./title-editor.js"), import("./remove-conversation.js")]);
  return { editTitle, removeConversation };
}

/** Gives a parent its children in their order; those that are in it already stay, or are moved as they are. */
function place(parent, children) {
  let present = parent.firstChild;
  for (const child of children) {
    if (child === present) present = present.nextSibling;
    else if (child.isConnected && parent.moveBefore) parent.moveBefore(child, present);
    else parent.insertBefore(child, present);
  }
}

function skeleton() {
  return h(
    "div",
    { class: "skeleton", "aria-label": "Loading conversations", role: "status" },
    Array.from({ length: 7 }, () => h("i")),
  );
}

customElements.define("conversation-list", ConversationList);
