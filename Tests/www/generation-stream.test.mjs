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
  assert.equal(backoffMs(1, () => 0), 200);
  assert.equal(backoffMs(1, () => 1), 400);
  assert.ok(backoffMs(2, () => 0.5) > backoffMs(1, () => 0.5));
  assert.equal(backoffMs(60, () => 1), 15_000);
});
