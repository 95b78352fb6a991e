import assert from "node:assert/strict";
import { test } from "node:test";
import { closeTail } from "../../nginx/www/assets/lib/markdown-tail.js";
import { shown, streamed } from "./shown.mjs";

const code = (language, text) => `<pre><code class="language-${language}">${text}</code></pre>\n`;
const file = "# Title\n```js\na\n```\nText\n\n```sh\nb\n```\n";

/** Each is read as one block of Markdown, with what is around it. */
const whole = {
  "a fence with a language inside": ["```markdown\n" + file + "```\nafter", code("markdown", file) + "<p>after</p>\n"],
  "any spelling": ["```Md title=x\n" + file + "```\n", `<pre><span>Md title=x</span><code class="language-Md">${file}</code></pre>\n`],
  "tildes": ["~~~md\n~~~js\na\n~~~\nb\n~~~\nafter", code("md", "~~~js\na\n~~~\nb\n") + "<p>after</p>\n"],
  "the other marks inside are no end": ["~~~md\n```js\na\n```\n~~~\nafter", code("md", "```js\na\n```\n") + "<p>after</p>\n"],
  "a longer fence, and shorter ones inside": ["````md\n```\na\n```\n````\nafter", code("md", "```\na\n```\n") + "<p>after</p>\n"],
  "in an item of a list": ["1. a\n   ```md\n   # T\n   ```js\n   x\n   ```\n   ```\n2. b", `<ol>\n<li>a${code("md", "# T\n```js\nx\n```\n")}</li>\n<li>b</li>\n</ol>\n`],
  "an item of a list inside": ["```md\n- a\n  ```js\n  x\n  ```\n- b\n```\nafter", code("md", "- a\n  ```js\n  x\n  ```\n- b\n") + "<p>after</p>\n"],
  "in a quote": ["> ```md\n> ```js\n> x\n> ```\n> ```\n\nafter", `<blockquote>\n${code("md", "```js\nx\n```\n")}</blockquote>\n<p>after</p>\n`],
  "Markdown in Markdown": ["```md\n```md\n```js\nx\n```\n```\n```\nafter", code("md", "```md\n```js\nx\n```\n```\n") + "<p>after</p>\n"],
  "bare ones below a colon": ["```md\nExample:\n```\nx\n```\n## B\n```json\n{}\n```\n```\n\nafter", code("md", "Example:\n```\nx\n```\n## B\n```json\n{}\n```\n") + "<p>after</p>\n"],
  "bare ones below a colon and a blank line": ["```md\n**Run:**\n\n```\nx\n```\n```\n\nafter", code("md", "**Run:**\n\n```\nx\n```\n") + "<p>after</p>\n"],
};

/** These are as CommonMark has them. */
const asEver = {
  "no language but Markdown": ["```text\n```js\na\n```\nb\n```\nc", code("text", "```js\na\n") + "<p>b</p>\n<pre><code>c</code></pre>\n"],
  "the first bare fence ends": ["```md\n# T\n```\nText\n```js\nx\n```\n", code("md", "# T\n") + "<p>Text</p>\n" + code("js", "x\n")],
  "a colon at the end": ["```md\nDear all:\n```\n\nText", code("md", "Dear all:\n") + "<p>Text</p>\n"],
  "a colon at the end, and nothing that would close": ["```md\nDear all:\n```\nText\n```js\nx\n```\nEnd", code("md", "Dear all:\n") + "<p>Text</p>\n" + code("js", "x\n") + "<p>End</p>\n"],
  "one end too few": ["```md\n```js\nx\n```\n\nText\n", code("md", "```js\nx\n") + "<p>Text</p>\n"],
  "the end of the item": ["- ```md\n  ```js\n  x\n\nText", `<ul>\n<li>\n${code("md", "```js\nx\n\n")}</li>\n</ul>\n<p>Text</p>\n`],
  "a fence that stays open": ["```md\n```js\nx\n", code("md", "```js\nx\n")],
};

for (const [name, [text, html]] of Object.entries({ ...whole, ...asEver })) {
  test(`fences in Markdown: ${name}`, () => {
    assert.equal(shown(text), html);
    for (let size = 1; size <= 9; size += 1) assert.equal(streamed(text.match(new RegExp(`[^]{1,${size}}`, "g"))), html);
  });
}

test("while it is written, a block of Markdown stays one", () => {
  for (const [name, [text]] of Object.entries(whole)) {
    if (!text.startsWith("```") || /^`{4}/.test(text)) continue;
    const end = text.indexOf("\nafter") > 0 ? text.indexOf("\nafter") : text.length;
    for (let at = text.indexOf("\n") + 1; at < end; at += 1) {
      const blocks = shown(closeTail(text.slice(0, at))).match(/<pre>/g).length;
      assert.equal(blocks, 1, `${name}, ${JSON.stringify(text.slice(0, at))}`);
    }
  }
});

