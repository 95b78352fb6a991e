import assert from "node:assert/strict";
import { test } from "node:test";
import { fenced, readDropped } from "../../nginx/www/assets/lib/dropped-files.js";

test("a file of text becomes code under its name", async () => {
  const { text, refusal } = await readDropped([new File(["x = 1\r\ny = 2\n"], "sum.py"), new File(["ä"], "b.txt")]);
  assert.equal(text, "```sum.py\nx = 1\ny = 2\n```\n```b.txt\nä\n```");
  assert.equal(refusal, null);
});

test("marks within are no end", () => {
  assert.equal(fenced("a`\nb.md", "```js\n1\n```"), "````ab.md\n```js\n1\n```\n````");
});

test("what nobody reads, or is too much, is refused with a sentence, and the rest is taken", async () => {
  const picture = new File([new Uint8Array([0x89, 0x50, 0xff])], "photo.png");
  const both = await readDropped([picture, new File(["a"], "a.txt")]);
  assert.equal(both.text, "```a.txt\na\n```");
  assert.match(both.refusal, /^“photo.png” was not taken\. Only files of text/);
  assert.match((await readDropped([new File(["\0"], "b")])).refusal, /Only files of text/);
  assert.match((await readDropped([new File(["x".repeat(200_001)], "c")])).refusal, /200 KB/);
  assert.match((await readDropped([new File([], "d")])).refusal, /nothing in it/);
  assert.match((await readDropped([picture, picture])).refusal, /^2 files were not taken/);
});
