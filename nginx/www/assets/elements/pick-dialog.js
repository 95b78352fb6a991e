import { emptyState, finePointer, h, icon, iconButton, isComposing, styles, typedAhead } from "../lib/dom.js";
import { openDialog } from "../lib/overlays.js";

await styles(new URL("./pick-dialog.css", import.meta.url));

/** How many rows are made at once; the others when they come near, because a list may hold a thousand. */
const firstRows = 24;

/**
 * A dialog with a search field over a list of buttons. Arrow keys walk, Enter takes, typing anywhere searches,
 * Esc and a click outside close.
 * @param {{label: string, placeholder: string, note?: Node|null, foot?: Node|null, empty: (query: string) => string,
 *   groups: (query: string) => {title: string, rows: Row[]}[] | Promise<any>}} options
 * @typedef {{value: unknown, isCurrent?: boolean, make: () => {button: HTMLElement, side?: Node}}} Row
 * @returns {Promise<unknown>} the value taken; null when none was
 */
export async function pick({ label, placeholder, note, foot, empty, groups }) {
  let taken = null;
  let turn = 0;
  const field = h(
    "input",
    { type: "search", placeholder, "aria-label": placeholder, autocomplete: "off", spellcheck: "false", dir: "auto", value: typedAhead() },
  );
  const close = iconButton("close", "Close", { onclick: () => dialog.close() });
  const list = h("div", { class: "results" });
  const found = h("p", { class: "unseen", role: "status" });
  const places = new RowPlaces(list, (value) => { taken = value; dialog.close(); });

  const render = async () => {
    const query = field.value.trim();
    const mine = ++turn;
    const shown = await groups(query);
    if (mine !== turn) return;
    const filled = shown.filter(({ rows }) => rows.length);
    places.show(filled);
    if (!filled.length) list.replaceChildren(emptyState({ text: empty(query) }));
    const total = filled.reduce((sum, { rows }) => sum + rows.length, 0);
    found.textContent = query ? `${total} found` : "";
  };

  const dialog = h("dialog", { class: "dialog pick", "aria-label": label },
    h(
      "header",
      {},
      h("label", { class: "find" }, icon("search"), field),
      close,
    ),
    ...[note, list, foot].filter(Boolean), found);
  dialog.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    if (event.key !== "Escape") return walk(event, field, places);
    event.preventDefault(); // or the browser empties the field first, and a second Esc is needed
    dialog.close();
  });
  field.addEventListener("input", render);
  dialog.refresh = render;
  const closed = openDialog(dialog);
  (finePointer.matches ? field : close).focus();
  render().then(() => places.showCurrent());
  await closed;
  places.forget();
  return taken;
}

/** The rows of the list: each has its place from the beginning, and is made when it is needed. */
class RowPlaces {
  #list;
  #take;
  /** @type {Map<HTMLElement, Row>} those that are not made yet */
  #waiting = new Map();
  #near;

  constructor(list, take) {
    this.#list = list;
    this.#take = take;
    this.#near = new IntersectionObserver(
      (entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && this.fill(target)),
      { root: list, rootMargin: "600px 0px" },
    );
  }

  show(groups) {
    this.forget();
    this.#list.replaceChildren(...groups.map(({ title, rows }) => h("section", { "aria-label": title },
      h("h3", {}, title), h("ul", {}, rows.map((row) => this.#place(row))))));
    this.all.slice(0, firstRows).forEach((place) => this.fill(place));
    for (const place of this.#waiting.keys()) this.#near.observe(place);
  }

  forget() {
    this.#near.disconnect();
    this.#waiting.clear();
  }

  get all() {
    return [...this.#list.querySelectorAll("li")];
  }

  /** The place of the row that has the focus; -1 when it is elsewhere. */
  get focused() {
    return this.all.findIndex((place) => place.firstChild && place.firstChild === document.activeElement);
  }

  focus(place) {
    this.fill(place);
    place.firstChild.focus();
  }

  showCurrent() {
    this.all.find((place) => place.matches(".current"))?.scrollIntoView({ block: "center" });
  }

  fill(place) {
    const row = this.#waiting.get(place);
    if (!row) return;
    this.#waiting.delete(place);
    this.#near.unobserve(place);
    const { button, side } = row.make();
    button.classList.add("choice");
    button.addEventListener("click", () => this.#take(row.value));
    place.append(...[button, side].filter(Boolean));
  }

  #place(row) {
    const place = h("li", { class: row.isCurrent && "current" });
    this.#waiting.set(place, row);
    return place;
  }
}

function walk(event, field, places) {
  const at = places.focused;
  const { all } = places;
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: at < 0 ? null : 0,
    End: at < 0 ? null : all.length - 1,
  }[event.key];
  if (to !== undefined && to !== null) {
    event.preventDefault();
    if (to < 0) field.focus();
    else if (all.length) places.focus(all[to] ?? all.at(-1));
  } else if (event.key === "Enter" && document.activeElement === field) {
    event.preventDefault();
    all[0]?.firstChild.click();
  } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && document.activeElement !== field) {
    field.focus(); // the letter then lands in the field
  }
}
