/** One element at a time, as the address's fragment says; tests go on from there. */
const assets = "/assets/dev/";

const glazes = ["Celadon", "Tenmoku", "Shino", "Rutile blue", "Ash", "Copper red"];
const columns = [
  { key: 0, title: "Order", type: "number" },
  { key: 1, title: "Glaze" },
  { key: 2, title: "Net, €", type: "number", format: { minimumFractionDigits: 2 } },
  { key: 3, title: "Placed", type: "date" },
  { key: 4, title: "Paid", type: "boolean" },
  { key: 5, title: "Note", width: 240 },
];
const note = "Fire slowly.\nThe kiln leans to the left, and what stands there gets more than its share of the flame.";

function row(place) {
  return [place + 1, glazes[place % glazes.length], (place * 7919) % 100_000 / 4,
    new Date(Date.UTC(2026, 0, 1 + place % 300)).toISOString().slice(0, 10), place % 3 > 0, place % 5 === 1 ? null : place === 0 ? note : `Batch ${place % 17}`];
}

const many = (count) => Array.from({ length: count }, (_, place) => row(place));

async function table(what) {
  await import(`${assets}elements/data-table.js`);
  const element = document.createElement("data-table");
  element.setAttribute("label", "Orders");
  document.querySelector("main").append(element);
  element.show({ columns, ...what });
  return element;
}

/** A source that answers a little later, and may be told to fail: `pages.isAway`. */
window.pages = { asked: [], isAway: false };
const source = {
  count: 1_000_000,
  async load(from, to, { order, signal }) {
    window.pages.asked.push(from);
    await new Promise((resolve) => setTimeout(resolve, 30));
    signal.throwIfAborted();
    if (window.pages.isAway) throw new Error("The server is away.");
    const at = (place) => (order?.isDescending ? 999_999 - place : place);
    return Array.from({ length: to - from }, (_, step) => row(at(from + step)));
  },
};

const { h } = await import(`${assets}lib/dom.js`);

/** Puts something on the page once its element is there. */
async function put(name, make) {
  await import(`${assets}elements/${name}.js`);
  const content = make();
  document.querySelector("main").append(...content);
  return content[0];
}

async function fields() {
  const choice = (value) => h("label", {}, h("input", { type: "radio", name: "size", value }), ` ${value} `);
  return put("form-field", () => [
    h("form-field", { label: "Name", hint: "As it stands on the bill." }, h("input", { class: "input", name: "name", required: true })),
    h("form-field", { label: "Note", optional: true }, h("textarea", { class: "input", name: "note" })),
    h("form-field", { label: "Glaze" }, h("select", { class: "input" }, h("option", {}, "Ash"), h("option", {}, "Shino"))),
    h("form-field", { label: "Size", hint: "Of the kiln." }, h("div", { role: "radiogroup" }, choice("small"), choice("large")))]);
}

async function files() {
  window.files = [];
  document.addEventListener("file-drop", ({ detail }) => window.files.push(...detail.map(({ name }) => name)));
  return put("file-drop", () => [
    h("file-drop", { label: "Import", accept: ".csv,image/*", kinds: "CSV and pictures", limit: 1000, most: 2 }),
    h("input", { class: "input", "aria-label": "Beside" })]);
}

async function toasts() {
  const { toast } = await import(`${assets}elements/toast.js`);
  window.toast = toast;
  window.heard = [];
  window.undoable = (text) => toast(text, {
    undo: async () => { if (window.heard.includes("away")) throw new Error("The server is away."); window.heard.push(`undone ${text}`); },
  });
  const dialog = h("dialog", { class: "dialog", "aria-label": "Something else" }, h("p", {}, "It lies over the page."));
  document.querySelector("main").append(h("button", { class: "button" }, "Before"), h("input", { class: "input", "aria-label": "Note" }), dialog);
}

const pieces = {
  fields, files, toasts,
  dates: () => put("date-text", () => [...[0, 59, 3 * 60, 3 * 3600, 40 * 3600].map((ago) => h("p", {}, h("date-text", { ms: Date.now() - ago * 1000 }))),
    h("p", {}, h("date-text", { ms: Date.UTC(2026, 0, 2), day: true }))]),
  progress: () => put("progress-line", () => [
    h("progress-line", { label: "Import", value: 0.4, text: "40 of 100 rows" }), h("progress-line", { label: "Export" })]),
  tabs: () => put("tab-bar", () => [h("tab-bar", { label: "Views" },
    h("section", { "data-tab": "Rows" }, "Rows of the table"),
    h("section", { "data-tab": "Plot" }, h("a", { href: "#plot" }, "The plot")),
    h("section", { "data-tab": "SQL" }, "select 1"))]),
  table: () => table({ rows: many(100) }),
  million: () => table({ rows: many(1_000_000) }),
  pages: () => table({ source }),
  nothing: () => table({ rows: [] }),
};

window.element = await pieces[location.hash.slice(1)]();
document.documentElement.dataset.state = "ready";
