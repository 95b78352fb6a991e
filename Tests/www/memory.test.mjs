import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory, drafts } from "../../nginx/www/assets/lib/memory.js";

/** As much of Storage as is used, with its habit of showing keys as properties. */
class FakeStorage {
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = String(value); }
  removeItem(key) { delete this[key]; }
}
const full = { getItem: () => null, setItem() { throw new Error("QuotaExceededError"); }, removeItem() {} };

test("what is set is there for the next page", () => {
  const storage = new FakeStorage();
  new Memory(storage).set("draft.a", "text");
  assert.equal(new Memory(storage).get("draft.a"), "text");
  new Memory(storage).set("draft.a", "");
  assert.equal(new Memory(storage).get("draft.a"), null);
  assert.deepEqual(Object.keys(storage), []);
});

test("a full or absent storage keeps things for the page", () => {
  for (const storage of [full, null]) {
    const memory = new Memory(storage);
    memory.set("a", "1");
    assert.equal(memory.get("a"), "1");
  }
});

test("lists toggle, and a damaged one is empty", () => {
  const storage = new FakeStorage();
  const memory = new Memory(storage);
  assert.equal(memory.toggle("favourites", "m1"), true);
  assert.equal(memory.toggle("favourites", "m2"), true);
  assert.equal(memory.toggle("favourites", "m1"), false);
  assert.deepEqual(memory.list("favourites"), ["m2"]);
  storage.setItem("atelier.favourites", "{oops");
  assert.deepEqual(memory.list("favourites"), []);
});

test("keys of one kind are found, wherever they are kept", () => {
  const storage = new FakeStorage();
  storage.setItem("another-program", "1");
  for (const memory of [new Memory(storage), new Memory(full), new Memory(null)]) {
    memory.set("queue.a", "1");
    memory.set("queue.b", "1");
    memory.set("draft.a", "1");
    memory.set("queue.b", null);
    assert.deepEqual(memory.keys("queue."), ["queue.a"]);
  }
});

test("forgetting takes one kind and leaves the others", () => {
  const memory = new Memory(new FakeStorage());
  memory.set("draft.a", "1");
  memory.set("theme", "dark");
  memory.forget("draft.");
  assert.equal(memory.get("draft.a"), null);
  assert.equal(memory.get("theme"), "dark");
});

test("a draft belongs to its conversation, or to the one not begun", () => {
  drafts.set("c1", "one");
  drafts.set(null, "new");
  assert.equal(drafts.get("c1"), "one");
  drafts.clear("c1");
  assert.equal(drafts.get("c1"), "");
  assert.equal(drafts.get(null), "new");
});
