import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockSplitter, blocksOf } from "../../nginx/www/assets/lib/markdown-blocks.js";

/** Blank lines between blocks belong to the one before, and mean nothing. */
const texts = (blocks) => blocks.map(({ text }) => text.trimEnd());

const cases = {
  "paragraphs end at a blank line": ["one\ntwo\n\nthree", ["one\ntwo", "three"]],
  "a heading ends with its line": ["# Title\ntext", ["# Title", "text"]],
  "a fence keeps its blank lines": ["```py\na\n\nb\n```\nafter", ["```py\na\n\nb\n```", "after"]],
  "a longer fence holds a shorter one": ["````\n```\nx\n```\n````\nafter", ["````\n```\nx\n```\n````", "after"]],
  "a tilde fence is not closed by backticks": ["~~~\n```\n~~~\nafter", ["~~~\n```\n~~~", "after"]],
  "a list goes on over blank lines": ["- a\n\n- b\n\n  more\n\nafter", ["- a\n\n- b\n\n  more", "after"]],
  "a numbered list too": ["1. a\n\n2. b\n\nafter", ["1. a\n\n2. b", "after"]],
  "a fence in a list holds blank lines": ["- a\n  ```\n  x\n\n  y\n  ```\n\nafter", ["- a\n  ```\n  x\n\n  y\n  ```", "after"]],
  "a thematic break is not a list": ["* * *\n\n- a", ["* * *", "- a"]],
  "indented code stays together": ["    a\n\n    b\n\nafter", ["    a\n\n    b", "after"]],
  "display mathematics keeps blank lines": ["$$\na\n\nb\n$$\nafter", ["$$\na\n\nb\n$$", "after"]],
  "display mathematics in one line": ["$$ a $$\nafter", ["$$ a $$", "after"]],
  "brackets too": ["\\[\na\n\\]\nafter", ["\\[\na\n\\]", "after"]],
  "an item under a paragraph": ["text\n- a\n\nafter", ["text", "- a", "after"]],
  "an empty item": ["-\n\n  text", ["-", "  text"]],
  "a definition": ["[a]: /b\n'title'\n[c]: /d\n\nafter", ["[a]: /b\n'title'\n[c]: /d", "after"]],
  "lines that end as on Windows": ["one\r\n\r\ntwo\r", ["one", "two"]],
  "a table ends at a blank line": ["|a|b|\n|-|-|\n|1|2|\n\nafter", ["|a|b|\n|-|-|\n|1|2|", "after"]],
  "blank lines alone are nothing": ["\n\n  \n", []],
};

for (const [name, [text, blocks]] of Object.entries(cases)) {
  test(name, () => assert.deepEqual(texts(blocksOf(text)), blocks));
}

test("however the text arrives, the blocks are the same", () => {
  for (const [text, blocks] of Object.values(cases)) {
    for (let size = 1; size <= 5; size += 1) {
      const splitter = new BlockSplitter();
      const finished = [];
      for (let at = 0; at < text.length; at += size) finished.push(...splitter.push(text.slice(at, at + size)));
      assert.deepEqual(texts([...finished, ...splitter.end()]), blocks);
    }
  }
});

test("what is finished and what is open make up the whole", () => {
  const text = Object.values(cases).map(([part]) => part).join("\n\n");
  const splitter = new BlockSplitter();
  let finished = "";
  for (const character of text) {
    finished += texts(splitter.push(character)).join("");
    assert.ok((finished + splitter.open.text).replace(/\s/g, "").length > 0);
  }
  finished += texts(splitter.end()).join("");
  assert.equal(finished.replace(/\s/g, ""), text.replace(/\s/g, ""));
});

test("a block ends as soon as the next line shows what it is", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(splitter.push("- a\n\n1"), []);
  assert.deepEqual(texts(splitter.push("9 men")), ["- a"]);
  assert.equal(splitter.open.text, "19 men");
  assert.deepEqual(splitter.push("\n\n"), []);
  assert.deepEqual(texts(splitter.push("`")), ["19 men"]);
});

test("the open block grows with what arrives; what ends by itself is finished at once", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(texts(splitter.push("# a\n```js\nlet")), ["# a"]);
  assert.equal(splitter.open.text, "```js\nlet");
  assert.deepEqual(texts(splitter.push(" x\n```\n")), ["```js\nlet x\n```"]);
  assert.equal(splitter.open.text, "");
  assert.deepEqual(texts(splitter.push("---\n$$\nx\n$$\n")), ["---", "$$\nx\n$$"]);
});

test("what may still become something else stays open", () => {
  for (const [first, second, blocks] of [
    ["$$\na\n\nb\n\n", "c\n$$\n", ["$$\na\n\nb\n\nc\n$$"]],
    ["[a]: /b\n'title\n", "goes on'\n\nafter", ["[a]: /b\n'title\ngoes on'", "after"]],
    ["a | b\n", "- | -\n", ["a | b\n- | -"]],
    ["a\n", "===\n", ["a\n==="]],
    ["\n#", "# a\n", ["## a"]],
    ["- a\n\n- --", "> b\n", ["- a\n\n- --> b"]],
  ]) {
    const splitter = new BlockSplitter();
    assert.deepEqual(splitter.push(first), []);
    assert.deepEqual(texts([...splitter.push(second), ...splitter.end()]), blocks);
  }
});

test("headings know what they are below", () => {
  assert.deepEqual(blocksOf("## a\n\n#### b\n\n- ### c\n\nd").map(({ outline }) => outline), [[], [2], [2, 4], [2, 3]]);
});
