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

const pieces = {
  table: () => table({ rows: many(100) }),
  million: () => table({ rows: many(1_000_000) }),
  pages: () => table({ source }),
  nothing: () => table({ rows: [] }),
};

window.element = await pieces[location.hash.slice(1)]();
document.documentElement.dataset.state = "ready";
