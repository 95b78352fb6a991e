import assert from "node:assert/strict";
import { test } from "node:test";
import { longLines, partsOf } from "../../nginx/www/assets/lib/own-parts.js";

const shape = (text) => partsOf(text).map(({ code, info, text: words }) => (code ? [info, words] : words));

test("a text without a fence is one part, as it was written", () => {
  for (const text of ["one", "one\n\n  two\t", "`a` and ``` b", "<b>", "~~ struck ~~"]) assert.deepEqual(shape(text), [text]);
});

test("what is fenced is code, without the lines of the marks", () => {
  assert.deepEqual(shape("Look:\n```python\nx = 1\n\ny = 2\n```\nWell?"), ["Look:", ["python", "x = 1\n\ny = 2"], "Well?"]);
  assert.deepEqual(shape("~~~\na\n~~~"), [["", "a"]]);
  assert.deepEqual(shape("   ```c++ title=x\na\n  ````  "), [["c++ title=x", "a"]]);
});

test("a fence ends with its own mark only, as long at least", () => {
  assert.deepEqual(shape("````\n```\na\n```\n````"), [["", "```\na\n```"]]);
  assert.deepEqual(shape("```\n~~~\n``` x\n```"), [["", "~~~\n``` x"]]);
});

test("a fence of Markdown keeps those inside", () => {
  assert.deepEqual(shape("a\n```md\n# T\n```js\nx\n```\n```\nb"), ["a", ["md", "# T\n```js\nx\n```"], "b"]);
  assert.deepEqual(shape("```markdown\nRun:\n```\nx\n```\n```"), [["markdown", "Run:\n```\nx\n```"]]);
  assert.deepEqual(shape("```md\n- a\n  ```js\n  x\n  ```\n```"), [["md", "- a\n  ```js\n  x\n  ```"]]);
  assert.deepEqual(shape("```md\n# T\n```\nb"), [["md", "# T"], "b"]);
  assert.deepEqual(shape("```md\n```js\nx\n```\nb"), [["md", "```js\nx"], "b"]);
  assert.deepEqual(shape("```text\n```js\nx\n```\nb"), [["text", "```js\nx"], "b"]);
});

test("a fence that is not closed goes on to the end, and an empty one is nothing", () => {
  assert.deepEqual(shape("a\n```\nb\nc"), ["a", ["", "b\nc"]]);
  assert.deepEqual(shape("a\n```\n```\nb"), ["a", "b"]);
});

test("every word of a text is in its parts", () => {
  const marks = ["```", "~~~", "````js", "```md", "a:", "a", " b", "", "```x`y", "    ```"];
  for (let seed = 1; seed < 3000; seed += 1) {
    const lines = Array.from({ length: seed % 9 }, (_, at) => marks[(seed * (at + 7) * 2654435761 >>> 5) % marks.length]);
    const words = partsOf(lines.join("\n")).map(({ text }) => text).join("\n");
    for (const word of ["a", " b", "```x`y"]) {
      const count = (of) => of.split("\n").filter((line) => line === word).length;
      assert.equal(count(words), count(lines.join("\n")), JSON.stringify(lines));
    }
  }
});

test("what is long is folded, by lines or by letters", () => {
  assert.equal(longLines("a\n".repeat(23)), null);
  assert.equal(longLines("a\n".repeat(119) + "a"), 120);
  assert.equal(longLines("a".repeat(2400)), null);
  assert.equal(longLines("a".repeat(2401)), 1);
});
