import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { conversations } from "../../nginx/www/assets/lib/conversations.js";
import { deletions, drafts, memory, queues } from "../../nginx/www/assets/lib/memory.js";
import { Outbox, bodyOf } from "../../nginx/www/assets/lib/outbox.js";

/** Answers requests as a server would: `last` is the state of the last answer, `refuse` what becomes of a sending. */
let server;
globalThis.fetch = async (path, { method, body, headers }) => {
  if (method === "GET") {
    const items = server.last ? [{ generation: { state: server.last } }] : [];
    return Response.json({ items, id: "c1", updated_ms: 1 });
  }
  server.posted.push([JSON.parse(body).text, headers["idempotency-key"]]);
  const refusal = server.refusals.shift();
  if (refusal === "unreachable") throw new TypeError("network");
  if (refusal) return Response.json({ code: server.code ?? "no" }, { status: refusal, headers: { "retry-after": "7" } });
  server.last = "running";
  return Response.json({ conversation_id: "c1", message_id: `m${server.posted.length}` }, { status: 202 });
};

let outbox;
beforeEach(() => {
  memory.forget("");
  conversations.forget();
  server = { last: "completed", posted: [], refusals: [] };
  outbox = new Outbox();
});
const texts = () => outbox.items("c1").map(({ text }) => text);
const posted = () => server.posted.map(([text]) => text);

test("a queue is in order, survives the page, and a message that is due goes first", () => {
  outbox.add("c1", { text: "one" });
  outbox.add("c1", { text: "two" });
  outbox.add("c1", { text: "now", isDue: true });
  outbox.add("c1", { text: "then", isDue: true });
  outbox.add("c2", { text: "elsewhere" });
  assert.deepEqual(texts(), ["now", "then", "one", "two"]);
  assert.deepEqual(new Outbox().items("c1"), outbox.items("c1"));
});

test("what is damaged is passed over", () => {
  memory.setList(queues.key("c1"), ["{", JSON.stringify({ key: "k", text: "good" }), "1"]);
  assert.deepEqual(texts(), ["good"]);
});

test("messages are sent one after each completed answer", async () => {
  outbox.add("c1", { text: "one" });
  outbox.add("c1", { text: "two" });
  await outbox.send("c1");
  await outbox.send("c1"); // the first one's answer runs
  assert.deepEqual([posted(), texts()], [["one"], ["two"]]);
  server.last = "completed";
  await outbox.send("c1");
  assert.deepEqual([posted(), texts()], [["one", "two"], []]);
});

for (const state of ["stopped", "failed", "interrupted"]) {
  test(`after an answer that is ${state} the queue waits for the person's word`, async () => {
    server.last = state;
    outbox.add("c1", { text: "one" });
    await outbox.send("c1");
    assert.deepEqual([posted(), outbox.hold("c1")], [[], { state }]);
    await outbox.send("c1", { isDue: true });
    assert.deepEqual([posted(), outbox.hold("c1")], [["one"], null]);
  });
}

test("a message that is due asks for no answer's end", async () => {
  server.last = "running";
  outbox.add("c1", { text: "one", isDue: true });
  await outbox.send("c1");
  assert.deepEqual(posted(), ["one"]);
});

test("a sending that failed is repeated with its key, when the server said", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  outbox.add("c1", { text: "one" });
  server.refusals = [507];
  await outbox.send("c1");
  assert.equal(outbox.hold("c1").problem.status, 507);
  t.mock.timers.tick(6999);
  assert.equal(server.posted.length, 1);
  const sent = new Promise((resolve) => outbox.addEventListener("sent", resolve, { once: true }));
  t.mock.timers.tick(1);
  await sent;
  assert.equal(server.posted.length, 2);
  assert.equal(server.posted[0][1], server.posted[1][1]);
  assert.deepEqual([texts(), outbox.hold("c1")], [[], null]);
});

test("a message that is refused for good stays, and is not repeated by itself", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  outbox.add("c1", { text: "one" });
  server.refusals = [422];
  await outbox.send("c1");
  t.mock.timers.tick(600_000);
  assert.deepEqual([posted(), texts(), outbox.hold("c1").problem.status], [["one"], ["one"], 422]);
});

test("without a network it stays and goes on trying", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  outbox.add("c1", { text: "one" });
  server.refusals = ["unreachable"];
  await outbox.send("c1");
  const sent = new Promise((resolve) => outbox.addEventListener("sent", resolve, { once: true }));
  t.mock.timers.tick(15_000);
  await sent;
  assert.deepEqual([posted(), texts()], [["one", "one"], []]);
});

test("another wording takes the place of the one before, and the words of one that has gone are not lost", () => {
  const { key } = outbox.add("c1", { text: "one" });
  outbox.add("c1", { text: "two" });
  outbox.edit("c1", key, "one, better");
  assert.deepEqual(texts(), ["one, better", "two"]);
  assert.equal(outbox.items("c1")[0].key, key);
  outbox.remove("c1", key);
  outbox.edit("c1", key, "too late");
  assert.deepEqual(texts(), ["two", "too late"]);
});

test("another wording of what has arrived unheard is asked about first", async () => {
  const { key } = outbox.add("c1", { text: "one", isDue: true });
  server.refusals = ["unreachable"]; // on the way back
  await outbox.send("c1");
  outbox.edit("c1", key, "one, better");
  server.refusals = [422];
  server.code = "idempotency_key_reused";
  await outbox.send("c1");
  assert.deepEqual(server.posted, [["one", key], ["one, better", key]]);
  assert.deepEqual([texts(), outbox.hold("c1").problem.code, outbox.hold("c1").problem.isPassing], [["one, better"], "said_before", false]);
  await outbox.send("c1"); // the person says so
  assert.deepEqual(posted(), ["one", "one, better", "one, better"]);
  assert.notEqual(server.posted[2][1], key);
  assert.deepEqual(texts(), []);
});

test("what waits in a deleted conversation waits for its return", async () => {
  outbox.add("c1", { text: "one" });
  deletions.add("c1");
  await outbox.send("c1", { isDue: true });
  assert.deepEqual([posted(), texts(), drafts.get(null)], [[], ["one"], ""]);
  deletions.remove("c1");
  await outbox.send("c1");
  assert.deepEqual([posted(), texts()], [["one"], []]);
});

test("the words of a deleted conversation go when it cannot come back", () => {
  const then = Date.now();
  outbox.add("c1", { text: "queued" });
  drafts.set("c1", "a draft");
  drafts.set("c1.m1", "over a message");
  drafts.set("c2", "another");
  deletions.add("c1", then);
  deletions.add("c2", then + 29 * 86_400_000);
  assert.equal(drafts.get("c1.m1"), "over a message");
  deletions.add("c3", then + 31 * 86_400_000);
  assert.deepEqual([texts(), drafts.get("c1"), drafts.get("c1.m1"), drafts.get("c2")], [[], "", "", "another"]);
  assert.deepEqual([deletions.has("c1"), deletions.has("c2")], [false, true]);
});

test("the words of a conversation that is gone become a draft", async () => {
  drafts.set(null, "begun");
  outbox.add("c1", { text: "one", isDue: true });
  outbox.add("c1", { text: "two" });
  server.refusals = [404];
  await outbox.send("c1");
  assert.deepEqual([drafts.get(null), texts()], ["begun\n\none\n\ntwo", []]);
});

test("the same message is always the same bytes", () => {
  const item = outbox.add("c1", { text: "one", model: "m" });
  assert.equal(JSON.stringify(bodyOf(item)), JSON.stringify(bodyOf(outbox.items("c1")[0])));
  assert.deepEqual(bodyOf({ text: "one", model: null }), { text: "one" });
});
