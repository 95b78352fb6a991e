import assert from "node:assert/strict";
import { test } from "node:test";
import { EventStreamParser, StreamSilent, readEvents } from "../../nginx/www/assets/lib/sse.js";

const stream = "\uFEFF: hello\n\nid: 1\nevent: delta\ndata: {\"text\":\"a\"}\n\nid: 2\r\nevent: delta\r\ndata: one\r\ndata:two\r\n\r\nid\rdata:  spaced\r\revent: empty\n\ndata: done\nretry: 10\nunknown: x\n\n";
const expected = [
  { type: "delta", data: '{"text":"a"}', id: "1" },
  { type: "delta", data: "one\ntwo", id: "2" },
  { type: "message", data: " spaced", id: "" },
  { type: "message", data: "done", id: "" },
];

test("a stream gives its events", () => {
  assert.deepEqual(new EventStreamParser().push(stream), expected);
});

test("every cut of a stream gives the same events", () => {
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const parser = new EventStreamParser();
    assert.deepEqual([...parser.push(stream.slice(0, cut)), ...parser.push(stream.slice(cut))], expected, `cut at ${cut}`);
  }
});

test("one character at a time gives the same events", () => {
  const parser = new EventStreamParser();
  assert.deepEqual([...stream].flatMap((character) => parser.push(character)), expected);
});

test("an event without its blank line is not given", () => {
  const parser = new EventStreamParser();
  assert.deepEqual(parser.push("id: 7\ndata: half\n"), []);
  assert.equal(parser.lastId, "7");
});

test("an id with a null is ignored", () => {
  assert.equal(new EventStreamParser().push("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n").at(-1).id, "1");
});

test("characters of several bytes survive being cut", async () => {
  const bytes = new TextEncoder().encode("data: Größe 🎛\n\n");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const body = new ReadableStream({ start(control) { control.enqueue(bytes.slice(0, cut)); control.enqueue(bytes.slice(cut)); control.close(); } });
    const events = [];
    for await (const event of readEvents(body)) events.push(event.data);
    assert.deepEqual(events, ["Größe 🎛"]);
  }
});

test("a stream that falls silent is given up", async () => {
  const body = new ReadableStream({});
  await assert.rejects(async () => { for await (const event of readEvents(body, { silence: 20 })) assert.fail(event); }, StreamSilent);
});

test("who stops reading lets the connection go", async () => {
  let cancelled = false;
  const body = new ReadableStream({ start(control) { control.enqueue(new TextEncoder().encode("data: a\n\n")); }, cancel() { cancelled = true; } });
  for await (const event of readEvents(body)) { assert.equal(event.data, "a"); break; }
  assert.ok(cancelled);
});
