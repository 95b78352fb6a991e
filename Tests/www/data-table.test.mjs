import assert from "node:assert/strict";
import { test } from "node:test";
import { TableRows } from "../../nginx/www/assets/lib/table-rows.js";
import { TableScroll, tallest } from "../../nginx/www/assets/lib/table-scroll.js";
import { TableSelection } from "../../nginx/www/assets/lib/table-selection.js";
import { asText, formatter, html, sortedPlaces, tsv } from "../../nginx/www/assets/lib/table-values.js";

function scroll(count) {
  const it = new TableScroll();
  it.resize({ count, rowHeight: 40, view: 800 });
  return it;
}

test("a short table scrolls as it is, and shows what is seen and a little more", () => {
  const it = scroll(1000);
  assert.equal(it.height, 40_000);
  it.scrolled(4000);
  assert.deepEqual(it.rows, { first: 94, last: 126, offset: 3760 });
  it.scrolled(39_200);
  assert.equal(it.rows.last, 1000);
});

test("a million rows are no higher than browsers allow, and every one of them is reached", () => {
  const it = scroll(1_000_000);
  assert.equal(it.height, tallest);
  it.scrolled(tallest - 800);
  assert.equal(it.rows.last, 1_000_000);
  assert.equal(it.top, 40_000_000 - 800);
  assert.equal(it.rows.offset + (1_000_000 - it.rows.first) * 40, tallest, "the last row ends where the element ends");
  for (const row of [0, 1, 499_999, 999_999]) {
    const at = it.reveal(row);
    assert.ok(at >= 0 && at <= tallest - 800, `${row}`);
    const begin = row * 40 - it.top;
    assert.ok(begin >= 0 && begin <= 760, `row ${row} is seen whole`);
    it.scrolled(Math.round(at)); // what a browser tells of a place that it was given
    assert.equal(row * 40 - it.top, begin, `row ${row} stays`);
  }
});

test("a wheel moves a million rows by what it turned, the bar by its share", () => {
  const it = scroll(1_000_000);
  it.scrolled(5_000_000);
  const before = it.top;
  it.scrolled(5_000_120);
  assert.equal(it.top, before + 120);
  const at = it.settle();
  it.scrolled(at);
  assert.equal(it.top, before + 120, "the bar comes back to its place without moving a row");
  it.scrolled(0);
  assert.equal(it.top, 0);
});

test("a table that loses rows is not scrolled past its end", () => {
  const it = scroll(1000);
  it.scrolled(39_200);
  it.resize({ count: 10 });
  assert.deepEqual([it.top, it.rows.first, it.rows.last], [0, 0, 10]);
  assert.deepEqual(scroll(0).rows, { first: 0, last: 0, offset: 0 });
});

function chosen(rows = 100, columns = 5) {
  const it = new TableSelection();
  it.resize(rows, columns);
  const press = (key, { shift = false, command = false } = {}) => it.press({ key, shift, command, page: 10 });
  return { it, press, at: () => [it.cursor.row, it.cursor.column] };
}

test("keys go where they go in a spreadsheet", () => {
  const { it, press, at } = chosen();
  const walk = [
    ["ArrowRight", {}, [0, 1]], ["ArrowDown", {}, [1, 1]], ["PageDown", {}, [11, 1]], ["End", {}, [11, 4]], ["ArrowRight", {}, [11, 4]],
    ["Home", {}, [11, 0]], ["ArrowLeft", {}, [11, 0]], ["End", { command: true }, [99, 4]], ["PageDown", {}, [99, 4]], ["Home", { command: true }, [0, 0]],
    ["ArrowDown", { command: true }, [99, 0]], ["ArrowRight", { command: true }, [99, 4]], ["ArrowUp", { command: true }, [0, 4]],
    ["ArrowLeft", { command: true }, [0, 0]], ["PageUp", {}, [0, 0]],
  ];
  for (const [key, options, to] of walk) {
    assert.equal(press(key, options), true);
    assert.deepEqual(at(), to, key);
    assert.deepEqual(it.size, { rows: 1, columns: 1 });
  }
  assert.equal(press("x"), false);
});

test("Shift keeps where the choice began, in every direction", () => {
  const { it, press } = chosen();
  it.to(10, 2);
  press("ArrowDown", { shift: true });
  press("ArrowLeft", { shift: true });
  assert.deepEqual(it.range, { top: 10, bottom: 11, left: 1, right: 2 });
  press("PageUp", { shift: true });
  assert.deepEqual(it.range, { top: 1, bottom: 10, left: 1, right: 2 });
  press("End", { shift: true, command: true });
  assert.deepEqual(it.range, { top: 10, bottom: 99, left: 2, right: 4 });
  assert.ok(it.has(50, 3) && !it.has(9, 3) && !it.has(50, 1));
  press("ArrowUp");
  assert.deepEqual(it.size, { rows: 1, columns: 1 });
});

test("all, whole rows and whole columns, without going anywhere", () => {
  const { it, press, at } = chosen();
  it.to(3, 1);
  press("a", { command: true });
  assert.deepEqual([it.range, at()], [{ top: 0, bottom: 99, left: 0, right: 4 }, [3, 1]]);
  press("ArrowDown");
  assert.deepEqual(it.size, { rows: 1, columns: 1 });
  press(" ", { shift: true });
  press("ArrowDown", { shift: true });
  assert.deepEqual(it.range, { top: 4, bottom: 5, left: 0, right: 4 });
  it.to(3, 1);
  press(" ", { command: true });
  assert.deepEqual(it.range, { top: 0, bottom: 99, left: 1, right: 1 });
});

test("the head is gone to and never chosen", () => {
  const { it, press, at } = chosen();
  press("ArrowUp");
  assert.deepEqual([at(), it.range], [[-1, 0], null]);
  press("PageUp");
  press("ArrowRight");
  assert.deepEqual(at(), [-1, 1]);
  press("ArrowDown", { shift: true });
  assert.deepEqual(it.range, { top: 0, bottom: 0, left: 1, right: 1 });
  press("ArrowUp", { shift: true });
  assert.deepEqual(at(), [0, 1], "a choice does not reach into it");
});

test("an empty table has nothing to choose, and one that shrinks keeps the cursor within", () => {
  const none = chosen(0, 3);
  none.press("ArrowDown");
  none.press("a", { command: true });
  assert.deepEqual([none.it.range, none.it.size], [null, { rows: 0, columns: 0 }]);
  const { it, at } = chosen();
  it.to(90, 4);
  it.resize(5, 2);
  assert.deepEqual(at(), [4, 1]);
});

const plain = (text) => text.replace(/[\u00A0\u202F]/g, " ");
const shown = (type, value, locale = "en", format) => plain(formatter({ type, format }, locale)(value));

test("values are shown in the language's notation, and never less exactly than they are", () => {
  assert.equal(shown("number", 1234567.5), "1,234,567.5");
  assert.equal(shown("number", 1234567.5, "de"), "1.234.567,5");
  assert.equal(shown("number", 12345678901234567890n), "12,345,678,901,234,567,890");
  assert.equal(shown("number", "9007199254740993"), "9,007,199,254,740,993");
  assert.equal(shown("number", "0.10"), "0.1");
  assert.equal(shown("number", "1234567890123456.789"), "1234567890123456.789", "more than a double holds");
  assert.equal(shown("number", 5, "en", { minimumFractionDigits: 2 }), "5.00");
  assert.equal(shown("number", "n/a"), "n/a");
  assert.equal(shown("number", NaN), "NaN");
  assert.equal(shown("date", "2026-01-02"), "Jan 2, 2026");
  assert.equal(shown("date", "2026-01-02", "de"), "02.01.2026");
  assert.match(shown("date", "2026-01-02T12:34:56Z"), /^Jan 2, 2026.*34:56/);
  assert.equal(shown("date", "soon"), "soon");
  assert.equal(shown("boolean", true), "true");
  assert.equal(formatter({ type: "boolean" }, "de", { true: "ja", false: "nein" })(false), "nein");
  assert.equal(shown("text", { a: [1] }), '{"a":[1]}');
  assert.equal(shown("text", null), "");
});

const sorted = (type, values, isDescending = false) =>
  [...sortedPlaces(values.map((value) => [value]), { key: 0, type }, isDescending, "en")].map((place) => values[place]);

test("each type has its order, what is missing is last either way, and equal rows stay as they came", () => {
  assert.deepEqual(sorted("number", [10, null, 9, "8", 11n, undefined]), ["8", 9, 10, 11n, null, undefined]);
  assert.deepEqual(sorted("number", [10, null, 9], true), [10, 9, null]);
  assert.deepEqual(sorted("number", ["9007199254740993", "9007199254740992"]), ["9007199254740992", "9007199254740993"]);
  assert.deepEqual(sorted("text", ["item 10", "Item 9", "äpfel", "zebra", null]), ["äpfel", "Item 9", "item 10", "zebra", null]);
  assert.deepEqual(sorted("date", ["2026-02-01", "2026-01-31T23:00:00Z", "?"]), ["2026-01-31T23:00:00Z", "2026-02-01", "?"]);
  assert.deepEqual(sorted("boolean", [true, false, null]), [false, true, null]);
  const same = [["b", 1], ["a", 2], ["b", 3]];
  assert.deepEqual([...sortedPlaces(same, { key: 0 }, true, "en")], [0, 2, 1]);
});

test("a copy pastes as it was: tabs, breaks and quotes stay in their cell, and nothing becomes markup", () => {
  const columns = [{ key: 0, title: "<A>" }, { key: 1, title: "B" }];
  const rows = [["a\tb", 1.5], ['"x"\ny', null], ["<b>&", true]];
  assert.equal(tsv(rows, columns), '"a\tb"\t1.5\r\n"""x""\ny"\t\r\n<b>&\ttrue');
  assert.equal(html(rows, columns, true),
    "<table><tr><th>&lt;A&gt;</th><th>B</th></tr><tr><td>a\tb</td><td>1.5</td></tr><tr><td>\"x\"<br>y</td><td></td></tr><tr><td>&lt;b&gt;&amp;</td><td>true</td></tr></table>");
  assert.equal(asText(new Date(0)), "1970-01-01T00:00:00.000Z");
});

test("rows of an array are put in order and back", async () => {
  const rows = new TableRows({ rows: [[2], [1], [3]], locale: "en" });
  const heard = [];
  rows.addEventListener("change", () => heard.push(rows.at(0)[0]));
  rows.sort({ column: { key: 0, type: "number" }, isDescending: false });
  rows.sort({ column: { key: 0, type: "number" }, isDescending: true });
  assert.deepEqual(await rows.take(0, 1), [[3], [2]]);
  rows.sort(null);
  assert.deepEqual(heard, [1, 3, 2]);
});

/** A source of numbers that notes what it is asked for. */
function numbers(count, { fails = () => false } = {}) {
  const asked = [];
  const load = async (from, to, { order, signal }) => {
    asked.push([from, to, order?.isDescending ?? null]);
    await null;
    signal.throwIfAborted();
    if (fails()) throw new Error("away");
    return Array.from({ length: to - from }, (_, step) => [order?.isDescending ? count - 1 - from - step : from + step]);
  };
  return { asked, source: { count, load } };
}

const heard = (rows, name) => new Promise((resolve) => rows.addEventListener(name, resolve, { once: true }));

test("a source is asked for a page once, when one of its rows is wanted", async () => {
  const { asked, source } = numbers(1_000_000);
  const rows = new TableRows({ source });
  assert.equal(rows.count, 1_000_000);
  assert.equal(rows.at(500_000), undefined);
  rows.at(500_001);
  await heard(rows, "change");
  assert.deepEqual(rows.at(500_001), [500_001]);
  assert.deepEqual(asked, [[500_000, 500_200, null]]);
  assert.equal(rows.at(999_999), undefined);
  await heard(rows, "change");
  assert.deepEqual(rows.at(999_999), [999_999]);
});

test("a source puts its rows in order itself, and what comes too late for the old order is not shown", async () => {
  const { asked, source } = numbers(1000);
  const rows = new TableRows({ source });
  rows.at(0);
  rows.sort({ column: { key: 0 }, isDescending: true });
  assert.equal(rows.at(0), undefined);
  await heard(rows, "change");
  assert.deepEqual(rows.at(0), [999]);
  assert.deepEqual(asked, [[0, 200, null], [0, 200, true]]);
});

test("what a source keeps is bounded, and rows to be copied are all fetched", async () => {
  const { asked, source } = numbers(100_000);
  const rows = new TableRows({ source });
  const taken = await rows.take(150, 40_149);
  assert.deepEqual([taken.length, taken[0], taken.at(-1)], [40_000, [150], [40_149]]);
  assert.equal(asked.length, 201);
  assert.equal(rows.at(0), undefined, "the page that was here longest has gone");
});

test("a page that does not come is told once, and asked for again by hand alone", async () => {
  let isAway = true;
  const { asked, source } = numbers(1000, { fails: () => isAway });
  const rows = new TableRows({ source });
  rows.at(0);
  const { detail } = await heard(rows, "failure");
  assert.equal(detail.message, "away");
  rows.at(1);
  assert.equal(asked.length, 1);
  await assert.rejects(rows.take(0, 3), /away/);
  isAway = false;
  rows.retry();
  rows.at(0);
  await heard(rows, "change");
  assert.deepEqual(rows.at(0), [0]);
});

test("texts that are the same to the language tie, and keep the order in which they came", () => {
  assert.deepEqual(sorted("text", ["é", "z", "e\u0301", "a"]), ["a", "é", "e\u0301", "z"]);
  assert.deepEqual(sorted("text", ["e\u0301", "z", "é", "a"], true), ["z", "e\u0301", "é", "a"]);
  assert.deepEqual(sorted("number", [2, "b", 1, "a", null], true), ["b", "a", 2, 1, null]);
});
