import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Chat, adviceFor, beginningOf } from "../../nginx/www/assets/lib/chat.js";
import { Problem } from "../../nginx/www/assets/lib/api.js";
import { conversations } from "../../nginx/www/assets/lib/conversations.js";
import { firstFallbacks, memory } from "../../nginx/www/assets/lib/memory.js";
import { outbox } from "../../nginx/www/assets/lib/outbox.js";
import { Thread } from "../../nginx/www/assets/lib/thread.js";

/** A server with one conversation: `messages` is its branch, `stream` what the next answer sends. */
let server;
globalThis.fetch = async (address, { method, body, headers, signal }) => {
  const path = address.replace("/api/v1", "").split("?")[0];
  const wish = body && JSON.parse(body);
  server.asked.push(`${method} ${path}`);
  signal?.throwIfAborted();
  if (server.refusal) return Response.json({ code: server.refusal }, { status: server.status ?? 400 });
  if (method === "POST" && path === "/conversations") return Response.json({ id: "c1", title: "", ...wish });
  if (path.endsWith("/messages") && method === "GET") {
    return Response.json({ items: structuredClone(server.messages), next_cursor: null, newer_cursor: null });
  }
  if (path.endsWith("/messages") || path.endsWith("/events")) {
    server.sent.push(wish ?? headers["last-event-id"] ?? null);
    return new Response(server.stream);
  }
  if (path.endsWith("/stop")) return Response.json({ state: "stopped" });
  if (method === "PATCH" && wish.active_message_id) server.messages = server.versions[wish.active_message_id];
  return Response.json({ id: "c1", title: "A title", title_source: "model", updated_ms: 1, active_message_id: server.messages.at(-1)?.id ?? null });
};

const said = (id, text, more = {}) => ({ id, role: "user", text, sibling_ids: [id], parent_id: null, ...more });
const answered = (id, text, state = "completed") => ({ ...said(id, text, { role: "assistant" }), generation: { id: `g-${id}`, state } });
const event = (id, type, data) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const named = event(1, "generation", {
  generation_id: "g1", message_id: "a1", user_message_id: "q1", conversation_id: "c1", model: "m", model_name: "M",
});
const whole = named + event(2, "reasoning", { text: "hm" }) + event(3, "delta", { text: "Go" }) + event(4, "delta", { text: "od" })
  + event(5, "done", { state: "completed", completion_tokens: 2 });

/** What a thread fires, by name, until its answer has ended. */
function heard(thread) {
  const names = [];
  for (const name of ["ask", "named", "write", "finish", "acknowledged", "behind", "done"]) {
    thread.addEventListener(name, ({ detail }) => names.push(name === "write" ? detail.piece : name));
  }
  const ended = new Promise((resolve) => thread.addEventListener("done", ({ detail }) => resolve(detail), { once: true }));
  return { names, ended };
}
const texts = (thread) => thread.messages.map(({ text }) => text);

beforeEach(() => {
  memory.forget("");
  conversations.forget();
  server = { messages: [said("q0", "Before"), answered("a0", "Yes")], stream: whole, asked: [], sent: [], versions: {} };
});

test("what is sent stands there at once, has its ids when the server has it, and the answer grows behind it", async () => {
  const thread = new Thread("c1");
  await thread.load();
  const { names, ended } = heard(thread);
  await thread.send({ text: "Well?", model: "m" });
  assert.deepEqual(server.sent, [{ text: "Well?", model: "m" }]);
  const answer = await ended;
  assert.deepEqual(names, ["ask", "named", "named", "acknowledged", "hm", "Go", "od", "finish", "done"]);
  assert.deepEqual(texts(thread), ["Before", "Yes", "Well?", "Good"]);
  assert.deepEqual(thread.messages.slice(2).map(({ id, sibling_ids }) => [id, sibling_ids]), [["q1", ["q1"]], ["a1", ["a1"]]]);
  assert.deepEqual([answer.reasoning, answer.generation.state, answer.generation.completion_tokens], ["hm", "completed", 2]);
  assert.deepEqual([thread.isRunning, outbox.items("c1")], [false, []]);
});

test("what is refused leaves nothing behind, and is thrown", async () => {
  const thread = new Thread("c1");
  await thread.load();
  server.refusal = "invalid_body";
  await assert.rejects(thread.send({ text: "Well?" }), { code: "invalid_body" });
  assert.deepEqual([texts(thread), thread.isRunning, outbox.items("c1")], [["Before", "Yes"], false, []]);
});

test("what may still arrive is kept to be sent again", async () => {
  const thread = new Thread("c1");
  await thread.load();
  Object.assign(server, { refusal: "busy", status: 503 });
  await thread.send({ text: "Well?" });
  assert.deepEqual(texts(thread), ["Before", "Yes"]);
  assert.deepEqual([outbox.items("c1").map(({ text }) => text), outbox.hold("c1").problem.code], [["Well?"], "busy"]);
  assert.equal(thread.isHeldUp, true);
  outbox.remove("c1", outbox.items("c1")[0].key);
});

test("another answer takes the place of the old one and what followed it, unless it is refused", async () => {
  server.messages.push(said("q9", "Later"), answered("a9", "Late"));
  const thread = new Thread("c1");
  await thread.load();
  const [question, answer] = thread.messages;
  server.refusal = "model_unknown";
  await assert.rejects(thread.askAgain({ replyTo: question.id, from: answer }));
  assert.deepEqual(texts(thread), ["Before", "Yes", "Later", "Late"]);
  server.refusal = null;
  const { ended } = heard(thread);
  await thread.askAgain({ replyTo: question.id, from: answer, model: "m" });
  assert.throws(() => thread.refuseWhileRunning(), { code: "conflict" });
  await ended;
  assert.deepEqual(texts(thread), ["Before", "Good"]);
  assert.deepEqual(thread.messages[1].sibling_ids, ["a0", "a1"]);
  thread.refuseWhileRunning();
});

test("an answer that runs already is joined from its beginning, and followed once", async () => {
  server.messages[1] = answered("a0", "Go", "running");
  const thread = new Thread("c1");
  const { names, ended } = heard(thread);
  await thread.load();
  await ended;
  assert.deepEqual(texts(thread), ["Before", "Good"]);
  assert.deepEqual(names.filter((name) => name === "acknowledged"), []);
  assert.deepEqual(server.asked.filter((each) => each.endsWith("/events")).length, 1);
});

test("a reason to look that comes while an answer is written is told at its end", async () => {
  const thread = new Thread("c1");
  await thread.load();
  const { names, ended } = heard(thread);
  await thread.send({ text: "Well?" });
  await thread.catchUp({ active_message_id: "elsewhere" });
  assert.equal(names.includes("behind"), false);
  await ended;
  assert.equal(names.includes("behind"), true);
});

test("who turns to another version sees its branch", async () => {
  server.versions.a2 = [said("q0", "Before"), answered("a2", "No"), said("q3", "Why?")];
  const thread = new Thread("c1");
  await thread.load();
  await thread.turnTo("a2");
  assert.deepEqual(texts(thread), ["Before", "No", "Why?"]);
});

test("a conversation is made once, with its first message, however often that is tried", async () => {
  server.messages = [];
  firstFallbacks.set(["m2"]);
  const chat = new Chat(null);
  const told = [];
  for (const name of ["thread", "begun"]) chat.addEventListener(name, () => told.push(name));
  await chat.begin("How do I sharpen a chisel?\nSoon", "m");
  server.refusal = "invalid_body";
  await assert.rejects(chat.thread.send({ text: "x" }));
  chat.refuse();
  assert.equal(chat.thread, null);
  server.refusal = null;
  await chat.begin("How do I sharpen a chisel?\nSoon", "m");
  assert.equal(server.asked.filter((each) => each === "POST /conversations").length, 1);
  const { ended } = heard(chat.thread);
  await chat.thread.send({ text: "How do I sharpen a chisel?\nSoon", model: "m" });
  assert.deepEqual(told, ["thread", "thread", "begun"]);
  assert.deepEqual([chat.conversation.fallback_models, chat.conversation.title], [["m2"], "How do I sharpen a chisel?"]);
  assert.deepEqual(firstFallbacks.get(), []);
  await ended;
  chat.leave();
});

test("one that was refused and given up is taken away again, one that has begun is not", async () => {
  server.messages = [];
  const chat = new Chat(null);
  await chat.begin("One", "m");
  chat.refuse();
  chat.leave();
  assert.equal(server.asked.at(-1), "DELETE /conversations/c1");
  const other = new Chat({ id: "c1", title: "A title" });
  other.refuse();
  other.leave();
  assert.equal(server.asked.filter((each) => each.startsWith("DELETE")).length, 1);
});

test("models that could not be kept are as they were", async () => {
  const chat = new Chat({ id: "c1", fallback_models: ["m1"] });
  server.refusal = "internal";
  await assert.rejects(chat.keepFallbacks(["m2"]));
  assert.deepEqual(chat.conversation.fallback_models, ["m1"]);
});

test("whatever goes wrong, the advice says that the text is kept", () => {
  for (const code of ["unreachable", "busy", "model_unknown", "invalid_body", "body_too_large", "not_found", "internal"]) {
    assert.match(adviceFor(new Problem({ code, detail: "text may hold less." })).text, /Your text is kept/);
  }
  assert.equal(adviceFor(new TypeError("no code")).text, "The page could not send this. Your text is kept.");
  assert.equal(adviceFor(new Problem({ code: "not_found" })).remedy, "new");
});

test("the first words are the title, cut between words", () => {
  assert.equal(beginningOf("  One line\nand more"), "One line");
  assert.equal(beginningOf(`${"word ".repeat(20)}`), `${"word ".repeat(12).trim()}…`);
});
