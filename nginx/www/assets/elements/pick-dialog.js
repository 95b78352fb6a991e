import { h, icon, iconButton, styles } from "../lib/dom.js";

await styles(new URL("./pick-dialog.css", import.meta.url));

/**
 * A dialog with a search field over a list of buttons. Arrow keys walk, Enter takes, typing anywhere searches,
 * Esc and a click outside close.
 * @param {{label: string, placeholder: string, note?: Node|null, foot?: Node|null, empty: (query: string) => string,
 *   groups: (query: string) => {title: string, rows: {button: HTMLElement, value: unknown, side?: Node}[]}[] | Promise<any>}} options
 * @returns {Promise<unknown>} the value taken; null when none was
 */
export function pick({ label, placeholder, note, foot, empty, groups }) {
  return new Promise((resolve) => {
    let taken = null;
    let turn = 0;
    const field = h(
      "input",
      { type: "search", placeholder, "aria-label": placeholder, autocomplete: "off", spellcheck: "false" },
    );
    const list = h("div", { class: "results" });
    const found = h("p", { class: "unseen", role: "status" });
    const take = (value) => { taken = value; dialog.close(); };

    const render = async () => {
      const query = field.value.trim();
      const mine = ++turn;
      const shown = await groups(query);
      if (mine !== turn) return;
      const filled = shown.filter(({ rows }) => rows.length);
      list.replaceChildren(...filled.map(({ title, rows }) => h("section", { "aria-label": title }, h("h3", {}, title),
        h("ul", {}, rows.map(({ button, value, side }) => {
          button.classList.add("choice");
          button.addEventListener("click", () => take(value));
          return h("li", {}, button, side);
        })))));
      if (!filled.length) list.replaceChildren(h("p", { class: "blank" }, empty(query)));
      const total = filled.reduce((sum, { rows }) => sum + rows.length, 0);
      found.textContent = query ? `${total} found` : "";
    };

    const dialog = h("dialog", { class: "dialog pick", "aria-label": label },
      h(
        "header",
        {},
        h("label", { class: "find" }, icon("search"), field),
        iconButton("close", "Close", { onclick: () => dialog.close() }),
      ),
      ...[note, list, foot].filter(Boolean), found);
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return walk(event, field, list);
      event.preventDefault(); // or the browser empties the field first, and a second Esc is needed
      dialog.close();
    });
    field.addEventListener("input", render);
    dialog.addEventListener("close", () => { dialog.remove(); resolve(taken); });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
    dialog.refresh = render;
    render().then(() => list.querySelector("[aria-current]")?.scrollIntoView({ block: "center" }));
  });
}

function walk(event, field, list) {
  if (event.isComposing) return;
  const choices = [...list.querySelectorAll(".choice")];
  const at = choices.indexOf(document.activeElement);
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: at < 0 ? null : 0,
    End: at < 0 ? null : choices.length - 1,
  }[event.key];
  if (to !== undefined && to !== null) {
    event.preventDefault();
    (choices[to] ?? (to < 0 ? field : choices.at(-1)))?.focus();
  } else if (event.key === "Enter" && document.activeElement === field) {
    event.preventDefault();
    choices[0]?.click();
  } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && document.activeElement !== field) {
    field.focus(); // the letter then lands in the field
  }
}
