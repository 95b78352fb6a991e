import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockSplitter, blocksOf } from "../../nginx/www/assets/lib/markdown-blocks.js";

const cases = {
  "paragraphs end at a blank line": ["one\ntwo\n\nthree", ["one\ntwo\n", "three"]],
  "a heading ends with its line": ["# Title\ntext", ["# Title", "text"]],
  "a fence keeps its blank lines": ["```py\na\n\nb\n```\nafter", ["```py\na\n\nb\n```", "after"]],
  "a longer fence holds a shorter one": ["````\n```\nx\n```\n````\nafter", ["````\n```\nx\n```\n````", "after"]],
  "a tilde fence is not closed by backticks": ["~~~\n```\n~~~\nafter", ["~~~\n```\n~~~", "after"]],
  "a list goes on over blank lines": ["- a\n\n- b\n\n  more\n\nafter", ["- a\n\n- b\n\n  more\n", "after"]],
  "a numbered list too": ["1. a\n\n2. b\n\nafter", ["1. a\n\n2. b\n", "after"]],
  "a fence in a list holds blank lines": ["- a\n  ```\n  x\n\n  y\n  ```\n\nafter", ["- a\n  ```\n  x\n\n  y\n  ```\n", "after"]],
  "a thematic break is not a list": ["* * *\n\n- a", ["* * *\n", "- a"]],
  "indented code stays together": ["    a\n\n    b\n\nafter", ["    a\n\n    b\n", "after"]],
  "display mathematics keeps blank lines": ["$$\na\n\nb\n$$\nafter", ["$$\na\n\nb\n$$", "after"]],
  "display mathematics in one line": ["$$ a $$\nafter", ["$$ a $$", "after"]],
  "brackets too": ["\\[\na\n\\]\nafter", ["\\[\na\n\\]", "after"]],
  "an element holds Markdown": ["<details>\n<summary>s</summary>\n\n- a\n\ntext\n</details>\n\nafter", ["<details>\n<summary>s</summary>\n\n- a\n\ntext\n</details>\n", "after"]],
  "a table ends at a blank line": ["|a|b|\n|-|-|\n|1|2|\n\nafter", ["|a|b|\n|-|-|\n|1|2|\n", "after"]],
  "blank lines alone are nothing": ["\n\n  \n", []],
};

for (const [name, [text, blocks]] of Object.entries(cases)) {
  test(name, () => assert.deepEqual(blocksOf(text), blocks));
}

test("however the text arrives, the blocks are the same", () => {
  for (const [text, blocks] of Object.values(cases)) {
    for (let size = 1; size <= 5; size += 1) {
      const splitter = new BlockSplitter();
      const finished = [];
      for (let at = 0; at < text.length; at += size) finished.push(...splitter.push(text.slice(at, at + size)));
      assert.deepEqual([...finished, ...splitter.end()], blocks);
    }
  }
});

test("what is finished and what is open make up the whole", () => {
  const text = Object.values(cases).map(([part]) => part).join("\n\n");
  const splitter = new BlockSplitter();
  let finished = "";
  for (const character of text) {
    finished += splitter.push(character).join("");
    assert.ok((finished + splitter.open).replace(/\s/g, "").length > 0);
  }
  finished += splitter.end().join("");
  assert.equal(finished.replace(/\s/g, ""), text.replace(/\s/g, ""));
});

test("a block ends as soon as the next line shows what it is", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(splitter.push("- a\n\n1"), []);
  assert.deepEqual(splitter.push("9 men"), ["- a\n"]);
  assert.equal(splitter.open, "19 men");
  assert.deepEqual(splitter.push("\n\n"), []);
  assert.deepEqual(splitter.push("`"), ["19 men\n"]);
});

test("the open block grows with what arrives", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(splitter.push("# a\n```js\nlet"), ["# a"]);
  assert.equal(splitter.open, "```js\nlet");
  assert.deepEqual(splitter.push(" x\n```\n"), ["```js\nlet x\n```"]);
  assert.equal(splitter.open, "");
});
