import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageWindow } from "../../nginx/www/assets/lib/message-window.js";

/** A conversation of `count` messages, read as the server lets it be read. */
function conversation(count) {
  const all = Array.from({ length: count }, (_, at) => ({
    id: `m${at}`, parent_id: at ? `m${at - 1}` : null, text: `text ${at}`, sibling_ids: [`m${at}`],
  }));
  const at = (id) => all.findIndex((message) => message.id === id);
  const read = async ({ limit, from, cursor, after, around }) => {
    const start = from === "start" ? 0 : after ? at(after) + 1 : around ? at(around) - limit / 2 : (cursor ? at(cursor) + 1 : all.length) - limit;
    const first = Math.max(0, start);
    const end = Math.min(all.length, from === "start" || after ? first + limit : start + limit);
    const items = all.slice(first, end).map((message) => ({ ...message }));
    return { items, next_cursor: items[0]?.parent_id ?? null, newer_cursor: end < all.length ? items.at(-1).id : null };
  };
  return { all, read };
}

const ids = (window) => window.messages.map(({ id }) => id);
const numbers = (from, to) => Array.from({ length: to - from }, (_, at) => `m${from + at}`);

test("however far one reads, a few pages are kept, and none is missing between them", async () => {
  const window = new MessageWindow(conversation(1000).read);
  await window.show({ from: "end" });
  assert.deepEqual([ids(window), window.newer], [numbers(950, 1000), null]);
  for (let page = 0; page < 10; page += 1) await window.readOlder();
  assert.deepEqual([ids(window), window.older, window.newer], [numbers(450, 600), "m449", "m599"]);
  for (let page = 0; page < 3; page += 1) await window.readNewer();
  assert.deepEqual([ids(window), window.older, window.newer], [numbers(600, 750), "m599", "m749"]);
  while (window.older) await window.readOlder();
  assert.deepEqual(ids(window), numbers(0, 150));
  while (window.newer) await window.readNewer();
  assert.deepEqual(ids(window), numbers(850, 1000));
});

test("the end stays while an answer is written there", async () => {
  const window = new MessageWindow(conversation(1000).read);
  await window.show({ from: "end" });
  for (let page = 0; page < 4; page += 1) await window.readOlder({ isEndKept: true });
  assert.deepEqual([ids(window), window.newer], [numbers(750, 1000), null]);
});

test("a message stays one object, and what has changed is told", async () => {
  const { all, read } = conversation(60);
  const window = new MessageWindow(read);
  await window.show({ from: "end" });
  const [first, last] = [window.messages[0], window.messages.at(-1)];
  all[59].text = "said anew";
  all.push({ id: "m60", parent_id: "m59", text: "more", sibling_ids: ["m60"] });
  assert.deepEqual(await window.renew(), [last]);
  assert.equal(last.text, "said anew");
  assert.equal(window.messages[0], first);
  assert.deepEqual(ids(window), numbers(10, 61));
  assert.deepEqual(await window.show({ around: "m55" }), []);
  assert.equal(window.messages.find(({ id }) => id === "m59"), last);
});

test("what is at hand is used as it is, though the server knows less of it", async () => {
  const { read } = conversation(200);
  const window = new MessageWindow(read);
  const answer = { id: "m199", text: "text 199 and what has been written since", sibling_ids: [] };
  await window.show({ from: "start" });
  await window.show({ from: "end" }, [answer]);
  assert.equal(window.messages.at(-1), answer);
  await window.show({ from: "start" });
  while (window.newer) await window.readNewer([answer]);
  assert.equal(window.messages.at(-1), answer);
});

test("a page that comes when something else is shown is passed over", async () => {
  const { read } = conversation(500);
  const window = new MessageWindow(read);
  await window.show({ from: "end" });
  const late = window.readOlder();
  await window.show({ from: "start" });
  await late;
  assert.deepEqual(ids(window), numbers(0, 50));
  await Promise.all([window.readNewer(), window.readNewer()]);
  assert.deepEqual(ids(window), numbers(0, 100));
});

test("what is put in the place of others goes, and they come back", async () => {
  const { read } = conversation(500);
  const window = new MessageWindow(read);
  await window.show({ around: "m100" });
  const before = ids(window);
  const restore = window.replaceFrom(window.messages[30], { id: null });
  assert.deepEqual([window.messages.length, window.newer], [31, null]);
  restore();
  assert.deepEqual([ids(window), window.newer], [before, "m124"]);
  const late = window.replaceFrom(null, { id: null });
  await window.show({ from: "start" });
  late();
  assert.deepEqual(ids(window), numbers(0, 50));
});
