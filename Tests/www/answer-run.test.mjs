import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerRun } from "../../nginx/www/assets/lib/answer-run.js";

const event = (id, type, data) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const named = event(1, "generation", { generation_id: "g1", message_id: "m2", user_message_id: "m1", model: "writer" });
const done = event(9, "done", { state: "completed" });

/** A connection that delivers `text` and then closes. */
function connection(text) {
  return new ReadableStream({
    start(control) {
      control.enqueue(new TextEncoder().encode(text));
      control.close();
    },
  });
}

/** Follows an answer whose stream begins with `text`; what the server says to later requests is in `replies`. */
async function follow(t, text, replies = []) {
  t.mock.method(globalThis, "fetch", async () => replies.shift());
  const answer = { text: "", reasoning: null, generation: { state: "queued" } };
  const seen = [];
  const note = (name) => () => seen.push([name, answer.text, answer.reasoning]);
  const watcher = {
    named() {}, connection() {}, wrote: note("wrote"), revised: note("revised"), finished: note("finished"), missing: note("missing"),
  };
  const { signal } = new AbortController();
  await new AnswerRun({ answer, signal, watcher, open: async () => connection(text) }).follow();
  return { answer, seen };
}

const json = (body, status = 200) => new Response(JSON.stringify(body), { status });

test("text that was thoughts takes the place of both, and what follows is added to it", async (t) => {
  const { seen } = await follow(
    t,
    named + event(2, "delta", { text: "Hm." }) + event(3, "revised", { text: "", reasoning: "Hm." })
      + event(4, "delta", { text: "Five." }) + done,
  );
  assert.deepEqual(seen, [
    ["wrote", "Hm.", null], ["revised", "", "Hm."], ["wrote", "Five.", "Hm."], ["finished", "Five.", "Hm."],
  ]);
});

test("thoughts that were text leave no thoughts", async (t) => {
  const { seen } = await follow(
    t,
    named + event(2, "reasoning", { text: " is a tag" }) + event(3, "revised", { text: "<think> is a tag", reasoning: "" }) + done,
  );
  assert.deepEqual(seen.slice(1), [["revised", "<think> is a tag", null], ["finished", "<think> is a tag", null]]);
});

test("where the stream is gone, text and thoughts are those of the record, and both are shown anew", async (t) => {
  for (const reasoning of ["Hm.", null]) {
    const { answer, seen } = await follow(
      t,
      named + event(2, "reasoning", { text: "stale" }) + event(3, "delta", { text: "Hm." }),
      [json({ code: "not_found" }, 404), json({ id: "g1", state: "completed", text: "Five.", reasoning })],
    );
    assert.deepEqual(seen.slice(2), [["revised", "Five.", reasoning], ["finished", "Five.", reasoning]]);
    assert.deepEqual(answer.generation, { id: "g1", state: "completed" });
    t.mock.reset();
  }
});
