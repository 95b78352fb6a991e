import assert from "node:assert/strict";
import { test } from "node:test";
import { closeTail, openMath } from "../../nginx/www/assets/lib/markdown-tail.js";

const cases = [
  ["a **bold", "a **bold**"], ["a **bold** and", "a **bold** and"], ["a **", "a "], ["a **bold*", "a **bold**"],
  ["use `co", "use `co`"], ["use `code` and", "use `code` and"], ["use ``a`b", "use ``a`b``"], ["`**` and", "`**` and"],
  ["see [the page](https://exa", "see the page"], ["see [the page](https://x.y) and", "see [the page](https://x.y) and"],
  ["- **a**\n- **b", "- **a**\n- **b**"], ["one **open\n\ntwo", "one **open\n\ntwo"],
  ["``", ""], ["```js\nlet **x", "```js\nlet **x\n```"], ["```js\n", "```js\n```"], ["- a\n  ```\n  x **", "- a\n  ```\n  x **\n  ```"], ["- ```\n  x", "- ```\n  x\n  ```"], ["- a\n\n  ```sh\n  x\n\n  y `", "- a\n\n  ```sh\n  x\n\n  y `\n  ```"], ["```js\nx\n``", "```js\nx\n```"], ["- a\n  ```\n  x\n  ```\n  **b", "- a\n  ```\n  x\n  ```\n  **b**"], ["2 \\** 3", "2 \\** 3"],
];

for (const [open, closed] of cases) test(`${JSON.stringify(open)} is shown as ${JSON.stringify(closed)}`, () => assert.equal(closeTail(open), closed));

test("display mathematics is open until its closing mark", () => {
  assert.deepEqual(openMath("$$\na = b"), { before: "", tex: "a = b" });
  assert.deepEqual(openMath("So:\n$$\na"), { before: "So:", tex: "a" });
  assert.deepEqual(openMath("\\[ x"), { before: "", tex: "x" });
  assert.deepEqual(openMath("$$x = 1"), { before: "", tex: "x = 1" });
  for (const text of ["$$ a $$", "costs $$", "$$ is money", "```\n$$\nx", "$$\na\n$$\nb"]) assert.equal(openMath(text), null);
});
