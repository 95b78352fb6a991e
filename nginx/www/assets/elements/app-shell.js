import { announce, go, h, icon, isComposing, loadToWrite } from "../lib/dom.js";
import { session } from "../lib/session.js";
import "./chat-view.js";
import "./conversation-list.js";

/** How long a failure of the page itself is told. */
const tellingMs = 6000;

const narrow = window.matchMedia("(max-width: 48rem)");

/** <app-shell>: the rail of areas, the list of the area, and one view; keys that work everywhere. */
export class AppShell extends HTMLElement {
  view = null;
  #main = h("main", { id: "main", class: "main", tabindex: -1 });
  #list = document.createElement("conversation-list");
  #veil = h("div", { class: "veil", onclick: () => this.closeList() });
  #offline = h("p", { class: "offline", role: "status", hidden: true });
  #areas = new Map();
  /** Where somebody was reading in the conversation that the area of chats goes back to. */
  #place = null;
  #listening = null;
  /** Closes the list's step of the history. */
  #uncover = null;
  #tellingEnds = null;

  connectedCallback() {
    if (!this.#areas.size) this.#build();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    window.addEventListener("atelier:go", () => this.closeList(), { signal });
    window.addEventListener("atelier:list", () => this.openList(), { signal });
    window.addEventListener("atelier:place", () => this.#notePlace(), { signal });
    window.addEventListener("online", () => this.#showConnection(), { signal });
    window.addEventListener("offline", () => this.#showConnection(), { signal });
    window.addEventListener("unhandledrejection", (event) => this.#missesPart(event), { signal });
    this.addEventListener("thread-place", ({ detail: place }) => { this.#place = place; }, { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    narrow.addEventListener("change", () => this.#fitList(), { signal });
    this.#fitList();
    this.#showConnection();
    announce(""); // a screen reader knows the place before the first word
    this.#areas.get("account").querySelector(".avatar").textContent = initials(session.user);
  }

  disconnectedCallback() {
    this.#listening.abort();
  }

  /** Puts `view` in the main column, under one of the areas; null is a place outside them all. */
  show(area, view) {
    this.view = view;
    this.dataset.area = area ?? "none";
    for (const [name, link] of this.#areas) {
      if (name === area) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#main.replaceChildren(view);
    this.#fitList();
    this.#notePlace();
  }

  /** The next person begins at the beginning. */
  forgetPlaces() {
    this.#areas.get("chat")?.setAttribute("href", "/");
  }

  async openList() {
    if (this.dataset.list === "open") return;
    this.dataset.list = "open";
    this.#fitList();
    const loading = import("../lib/overlays.js"); // before what a row with the focus loads
    this.#list.focusFirst();
    const { cover } = await loading;
    if (this.dataset.list === "open") this.#uncover = cover(() => this.closeList());
  }

  closeList() {
    if (this.dataset.list !== "open") return;
    delete this.dataset.list;
    this.#uncover?.();
    this.#uncover = null;
    this.#fitList();
    (this.querySelector("[data-role=open-list]") ?? this.#main).focus();
  }

  // An area is gone back to where one was in it.
  #notePlace() {
    const link = this.#areas.get("chat");
    if (this.dataset.area !== "chat" || link.pathname === location.pathname) return;
    link.href = location.pathname;
    this.#place = null;
  }

  #goBack(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || this.dataset.area === "chat") return;
    event.preventDefault();
    go(event.currentTarget.pathname, { state: this.#place && { place: this.#place } });
  }

  #build() {
    const area = (name, href, label, mark) => {
      const link = h("a", { href, "aria-label": label, title: label }, mark, h("span", { class: "name" }, label));
      this.#areas.set(name, link);
      return link;
    };
    const chat = area("chat", "/", "Chat", icon("chat"));
    chat.addEventListener("click", (event) => this.#goBack(event));
    swipeAway(this.#list, () => this.closeList());
    this.append(
      h(
        "a",
        { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); this.#focusContent(); } },
        "Skip to the content",
      ),
      h("nav", { class: "rail", "aria-label": "Areas" },
        h("a", { class: "mark", href: "/", "aria-label": "Atelier, new conversation" }, "A"),
        chat,
        h("span", { class: "space" }),
        area("account", "/account", "Account", h("span", { class: "avatar", "aria-hidden": "true" }))),
      this.#list, this.#veil, this.#main, this.#offline);
  }

  #focusContent() {
    if (this.view?.focusContent) this.view.focusContent();
    else this.#main.focus();
  }

  // On a phone the list is a sheet: hidden means out of reach for keyboard and screen reader too.
  #fitList() {
    const open = this.dataset.list === "open";
    this.#list.inert = narrow.matches && !open;
    this.#list.hidden = this.dataset.area === "account";
    this.#main.inert = narrow.matches && open;
  }

  #showConnection() {
    clearTimeout(this.#tellingEnds);
    this.#tell(navigator.onLine ? "" : "No connection. What you write is kept.");
  }

  #tell(text) {
    this.#offline.hidden = !text;
    this.#offline.textContent = text;
  }

  // Code that is loaded when it is first needed may not arrive.
  #missesPart(event) {
    if (!(event.reason instanceof TypeError) || !/import/i.test(event.reason.message)) return;
    event.preventDefault();
    this.#tell("This part of the page could not be loaded. Try again once there is a connection.");
    clearTimeout(this.#tellingEnds);
    this.#tellingEnds = setTimeout(() => this.#showConnection(), tellingMs);
  }

  #key(event) {
    if (isComposing(event)) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && !event.altKey && key === "k") this.#take(
      event,
      () => loadToWrite(() => import("./command-palette.js"), (m) => m.openPalette()),
    );
    else if (command && !event.shiftKey && key === "p" && this.#conversation) this.#take(
      event,
      () => import("./print-conversation.js").then((m) => m.printConversation(this.#conversation)),
    );
    else if (command && event.shiftKey && key === "o") this.#take(event, () => go("/"));
    else if (event.key === "F6") this.#take(
      event,
      () => import("../lib/landmarks.js").then((m) => m.goRound(event.shiftKey ? -1 : 1)),
    );
    else if (event.key === "F2") this.#take(event, () => this.#list.renameFocused() || this.view?.rename?.());
    else if (event.key === "Escape" && this.dataset.list === "open") this.#take(event, () => this.closeList());
    else if (command || event.altKey || isTyping(event.target)) return;
    else if (event.key === "?") this.#take(event, () => import("./keys-dialog.js").then((m) => m.showKeys()));
    else if (event.key === "/" && this.view?.focusComposer) this.#take(event, () => this.view.focusComposer());
  }

  /** The id of the conversation that is shown, if one is. */
  get #conversation() {
    return /^\/c\/([\w-]+)\/?$/.exec(location.pathname)?.[1] ?? null;
  }

  #take(event, action) {
    if (document.querySelector("dialog[open], [popover]:popover-open")) return; // they take their keys themselves
    event.preventDefault();
    action();
  }
}

function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Two letters for a person: of the name, else of the address. */
function initials(user) {
  const words = (user?.name || user?.email || "?").trim().split(/[\s@._-]+/).filter(Boolean);
  return ([...words[0]][0] + (words.length > 1 ? [...words[1]][0] : "")).toUpperCase();
}

/** Follows a finger to the left and closes when it went far enough. */
function swipeAway(pane, close) {
  let start = null;
  let moved = 0;
  const end = () => {
    pane.style.transform = "";
    if (moved < -70) close();
    start = null;
    moved = 0;
  };
  pane.addEventListener(
    "touchstart",
    ({ touches: [touch] }) => { start = { x: touch.clientX, y: touch.clientY }; },
    { passive: true },
  );
  pane.addEventListener("touchmove", ({ touches: [touch] }) => {
    if (!start || !narrow.matches) return;
    const across = touch.clientX - start.x;
    if (moved === 0 && Math.abs(touch.clientY - start.y) > Math.abs(across)) return void (start = null); // scrolling
    moved = Math.min(0, across);
    pane.style.transform = `translateX(${moved}px)`;
  }, { passive: true });
  pane.addEventListener("touchend", end);
  pane.addEventListener("touchcancel", end);
}

customElements.define("app-shell", AppShell);
