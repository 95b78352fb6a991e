import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, followGeneration } from "../../nginx/www/assets/lib/generation-stream.js";

const event = (id, type, data) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const named = event(1, "generation", { generation_id: "g1" });

/** A connection that delivers `text` and then closes, or fails. */
function connection(text, { failure } = {}) {
  return new ReadableStream({
    start(control) {
      control.enqueue(new TextEncoder().encode(text));
      if (!failure) control.close();
    },
    pull(control) { if (failure) control.error(failure); },
  });
}

async function collect(options) {
  const events = [];
  for await (const { type, data } of followGeneration({ wait: async () => {}, isFinal: () => false, ...options })) events.push([type, data.text ?? data.state ?? null]);
  return events;
}

test("a whole stream is passed on to its end", async () => {
  const events = await collect({ open: async () => connection(named + event(2, "delta", { text: "a" }) + event(3, "done", { state: "completed" }) + event(4, "delta", { text: "never" })), resume: assert.fail });
  assert.deepEqual(events, [["generation", null], ["delta", "a"], ["done", "completed"]]);
});

test("a cut stream goes on where it ended, and says so", async () => {
  const asked = [];
  const states = [];
  const parts = [connection(event(3, "delta", { text: "b" }), { failure: new TypeError("network") }), connection(event(4, "delta", { text: "c" }) + event(5, "error", { state: "failed" }))];
  const events = await collect({
    open: async () => connection(named + event(2, "delta", { text: "a" })),
    resume: async (id, lastId) => { asked.push([id, lastId]); return parts.shift(); },
    onConnection: (connected) => states.push(connected),
  });
  assert.deepEqual(events.map(([, text]) => text), [null, "a", "b", "c", "failed"]);
  assert.deepEqual(asked, [["g1", "2"], ["g1", "3"]]);
  assert.deepEqual(states, [true, false, true, false, true]);
});

test("a refusal before the first byte is thrown and not repeated", async () => {
  let opened = 0;
  await assert.rejects(collect({ open: async () => { opened += 1; throw new Error("busy"); }, resume: assert.fail }), /busy/);
  assert.equal(opened, 1);
});

test("cut before the generation is named: opened again, a few times only", async () => {
  let opened = 0;
  await assert.rejects(collect({ open: async () => { opened += 1; return connection(": nothing\n\n"); }, resume: assert.fail }), /did not begin/);
  assert.equal(opened, 3);
});

test("failed resumptions are repeated until one works", async () => {
  let tries = 0;
  const events = await collect({
    open: async () => connection(named),
    resume: async () => { tries += 1; if (tries < 6) throw new TypeError("offline"); return connection(event(2, "done", { state: "stopped" })); },
  });
  assert.equal(tries, 6);
  assert.deepEqual(events.at(-1), ["done", "stopped"]);
});

test("a final error ends it", async () => {
  await assert.rejects(collect({ open: async () => connection(named), resume: async () => { throw new Error("404"); }, isFinal: (error) => error.message === "404" }), /404/);
});

test("joining an answer that runs uses its id after a cut", async () => {
  const asked = [];
  await collect({
    generationId: "g9", open: async () => connection(event(8, "delta", { text: "x" })),
    resume: async (id, lastId) => { asked.push([id, lastId]); return connection(event(9, "done", {})); },
  });
  assert.deepEqual(asked, [["g9", "8"]]);
});

test("data that is not JSON reads as empty", async () => {
  assert.deepEqual(await collect({ open: async () => connection(`${named}event: delta\ndata: {broken\n\n${event(3, "done", {})}`), resume: assert.fail }), [["generation", null], ["delta", null], ["done", null]]);
});

test("the wait grows to a ceiling and is never nothing", () => {
  assert.equal(backoffMs(1, null, () => 0), 200);
  assert.equal(backoffMs(1, null, () => 1), 400);
  assert.ok(backoffMs(2, null, () => 0.5) > backoffMs(1, null, () => 0.5));
  assert.equal(backoffMs(60, null, () => 1), 15_000);
});

test("the server may ask for a longer wait, not for a shorter one", () => {
  assert.equal(backoffMs(1, { retryAfterS: 7 }), 7000);
  assert.equal(backoffMs(1, { retryAfterS: 0 }, () => 1), 400);
  assert.equal(backoffMs(60, { retryAfterS: 3 }, () => 1), 15_000);
});

test("a busy server is asked again when it said", async () => {
  const waits = [];
  const replies = [Object.assign(new Error("busy"), { retryAfterS: 9 }), connection(event(2, "done", {}))];
  await collect({
    open: async () => connection(named),
    resume: async () => { const reply = replies.shift(); if (reply instanceof Error) throw reply; return reply; },
    wait: async (ms) => { waits.push(ms); },
  });
  assert.equal(waits.length, 2);
  assert.equal(waits[1], 9000);
});

test("a stream that slept is left at the first sign of waking, and gone on with from its last event", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"] });
  const wakes = new EventTarget();
  const asked = [];
  const seen = [];
  const silent = new ReadableStream({ start(control) { control.enqueue(new TextEncoder().encode(named + event(2, "delta", { text: "a" }))); } });
  const follow = followGeneration({
    open: async () => silent, wakes, wait: async () => {}, isFinal: () => false,
    resume: async (id, lastId) => { asked.push([id, lastId]); return connection(event(3, "done", { state: "completed" })); },
  });
  seen.push((await follow.next()).value.type, (await follow.next()).value.type);
  const next = follow.next();
  await new Promise(setImmediate);
  t.mock.timers.setTime(Date.now() + 30_000); // time has passed, but no timer has run out
  wakes.dispatchEvent(new Event("wake"));
  await new Promise(setImmediate);
  assert.deepEqual(asked, []);
  t.mock.timers.setTime(Date.now() + 15_000);
  wakes.dispatchEvent(new Event("wake"));
  seen.push((await next).value.type);
  assert.deepEqual(asked, [["g1", "2"]]);
  assert.deepEqual(seen, ["generation", "delta", "done"]);
});

test("a connection that never opens is given up, and let go should it open after all", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let late;
  let cancelled = false;
  const replies = [new Promise((resolve) => { late = resolve; }), connection(event(2, "done", {}))];
  const events = collect({ generationId: "g1", open: async () => connection(""), resume: () => replies.shift() });
  await new Promise(setImmediate);
  t.mock.timers.tick(40_000);
  assert.equal((await events).at(-1)[0], "done");
  late(new ReadableStream({ cancel() { cancelled = true; } }));
  await new Promise(setImmediate);
  assert.ok(cancelled);
});

test("a connection that fails after the page woke is tried again without a wait", async () => {
  const wakes = new EventTarget();
  const waits = [];
  let tries = 0;
  const events = await collect({
    open: async () => connection(named),
    wakes,
    wait: async (ms) => waits.push(ms),
    resume: async () => {
      tries += 1;
      if (tries === 1) wakes.dispatchEvent(new Event("wake"));
      if (tries < 3) throw new TypeError("offline");
      return connection(event(2, "done", { state: "completed" }));
    },
  });
  assert.deepEqual(events.at(-1), ["done", "completed"]);
  assert.equal(waits.length, 2); // before the first and the third
});

test("a connection that was heard of after the page woke, and is cut then, is waited for like any other", async () => {
  const wakes = new EventTarget();
  const waits = [];
  const replies = [connection(event(2, "delta", { text: "a" })), connection(event(3, "done", { state: "completed" }))];
  await collect({
    open: async () => connection(named),
    wakes,
    wait: async (ms) => waits.push(ms),
    resume: async () => {
      if (replies.length === 2) wakes.dispatchEvent(new Event("wake"));
      return replies.shift();
    },
  });
  assert.equal(waits.length, 2); // before each of the two
});
