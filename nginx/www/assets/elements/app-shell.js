import { go, h, icon } from "../lib/dom.js";
import { session } from "../lib/session.js";
import "./chat-view.js";
import "./conversation-list.js";

const narrow = window.matchMedia("(max-width: 48rem)");

/** <app-shell>: the rail of areas, the list of the area, and one view; keys that work everywhere; what a screen reader is told. */
export class AppShell extends HTMLElement {
  view = null;
  #main = h("main", { id: "main", class: "main", tabindex: -1 });
  #list = document.createElement("conversation-list");
  #veil = h("div", { class: "veil", onclick: () => this.closeList() });
  #status = h("div", { class: "unseen", role: "status", "aria-live": "polite", "data-role": "announcer" });
  #offline = h("p", { class: "offline", role: "status", hidden: true });
  #areas = new Map();
  #listening = null;

  connectedCallback() {
    if (!this.#areas.size) this.#build();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    window.addEventListener("atelier:announce", ({ detail }) => this.#announce(detail), { signal });
    window.addEventListener("atelier:go", () => this.closeList(), { signal });
    window.addEventListener("atelier:list", () => this.openList(), { signal });
    window.addEventListener("online", () => this.#showConnection(), { signal });
    window.addEventListener("offline", () => this.#showConnection(), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    narrow.addEventListener("change", () => this.#fitList(), { signal });
    this.#fitList();
    this.#showConnection();
    this.#areas.get("account").querySelector(".avatar").textContent = initials(session.user);
  }

  disconnectedCallback() {
    this.#listening.abort();
  }

  /** Puts `view` in the main column, under one of the areas. */
  show(area, view) {
    this.view = view;
    this.dataset.area = area;
    for (const [name, link] of this.#areas) {
      if (name === area) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#main.replaceChildren(view);
    this.#fitList();
  }

  openList() {
    this.dataset.list = "open";
    this.#fitList();
    this.#list.focusFirst();
  }

  closeList() {
    if (this.dataset.list !== "open") return;
    delete this.dataset.list;
    this.#fitList();
    (this.querySelector("[data-role=open-list]") ?? this.#main).focus();
  }

  #build() {
    const area = (name, href, label, mark) => {
      const link = h("a", { href, "aria-label": label, title: label }, mark, h("span", { class: "name" }, label));
      this.#areas.set(name, link);
      return link;
    };
    swipeAway(this.#list, () => this.closeList());
    this.append(
      h(
        "a",
        { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); this.#main.focus(); } },
        "Skip to the content",
      ),
      h("nav", { class: "rail", "aria-label": "Areas" },
        h("a", { class: "mark", href: "/", "aria-label": "Atelier, new conversation" }, "A"),
        area("chat", "/", "Chat", icon("chat")),
        h("span", { class: "space" }),
        area("account", "/account", "Account", h("span", { class: "avatar", "aria-hidden": "true" }))),
      this.#list, this.#veil, this.#main, this.#offline, this.#status);
  }

  // On a phone the list is a sheet: hidden means out of reach for keyboard and screen reader too.
  #fitList() {
    const open = this.dataset.list === "open";
    this.#list.inert = narrow.matches && !open;
    this.#list.hidden = this.dataset.area === "account";
    this.#main.inert = narrow.matches && open;
  }

  #announce(text) {
    this.#status.textContent = "";
    requestAnimationFrame(() => { this.#status.textContent = text; }); // the same words twice are said twice
  }

  #showConnection() {
    this.#offline.hidden = navigator.onLine;
    this.#offline.textContent = navigator.onLine ? "" : "No connection. You can go on writing; what you write is kept.";
  }

  #key(event) {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && !event.altKey && key === "k") this.#take(
      event,
      () => import("./command-palette.js").then((m) => m.openPalette()),
    );
    else if (command && event.shiftKey && key === "o") this.#take(event, () => go("/"));
    else if (event.key === "Escape" && this.dataset.list === "open") this.#take(event, () => this.closeList());
    else if (command || event.altKey || isTyping(event.target)) return;
    else if (event.key === "?") this.#take(event, () => import("./keys-dialog.js").then((m) => m.showKeys()));
    else if (event.key === "/" && this.view?.focusComposer) this.#take(event, () => this.view.focusComposer());
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
