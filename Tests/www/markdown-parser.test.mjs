import assert from "node:assert/strict";
import { test } from "node:test";
import { shown } from "./shown.mjs";

/** What is not markup by CommonMark and GFM stands as it was written. */
const asWritten = [
  "It takes 3~5 days and costs 100~200 yuan.",
  "Write the new file (~2000 lines) and drop the old one (~5000 lines).",
  "Return a List<String>, or in C++ a std::vector<int>.",
  "Type /approve <id> and look in /home/<user>/notes.",
  "if a<b and c>d then stop",
  "<frameset>",
  "<script>alert(1)</script>",
  "<details><summary>More</summary>words</details>",
  "<!-- note --> and <?php echo 1 ?> and <![CDATA[x]]>",
  "<think>so</think>",
  "Map<String, List<int>> and <T extends A & B>",
  "a <br> b",
  "Analysis results:<br>",
  "<I am an artificial intelligent breaker of chatbots.>",
  '<input type="text" name="username"> <button>Click me</button>',
  "<text>I love this!</text>",
  "2 * 3 * 4 and snake_case_name and 5 > 3",
  "README.md, foo.py and a.b.c are files",
  "[words](javascript:alert(1)) and <javascript:x> and [file](file:///etc/passwd)",
  "C:\\new\\table",
  "user@host and @name",
];
for (const text of asWritten) test(`${JSON.stringify(text)} stands as it was written`, () => {
  const entities = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };
  const html = shown(text).trim();
  assert.doesNotMatch(html.slice(3, -4), /<[a-z]/);
  assert.equal(html.slice(3, -4).replace(/&\w+;/g, (entity) => entities[entity]), text);
});

const cases = {
  "a line that ends, ends": ["Step one: done\nStep two: review", "<p>Step one: done<br>\nStep two: review</p>\n"],
  "two tildes strike through": ["~~a~~", "<p><s>a</s></p>\n"],
  "Markdown inside a tag is no Markdown": ['<a title="*x*" href="_y_">', "<p>&lt;a title=&quot;*x*&quot; href=&quot;_y_&quot;&gt;</p>\n"],
  "tasks": ["- [x] a\n- [ ] b\n- [] c", '<ul>\n<li><input type="checkbox" disabled checked> a</li>\n<li><input type="checkbox" disabled> b</li>\n<li>[] c</li>\n</ul>\n'],
  "all that stands after a fence is kept": ['```js title="a.js"\nx\n```', '<pre><span>js title=&quot;a.js&quot;</span><code class="language-js">x\n</code></pre>\n'],
  "<br> ends a line in a cell": ["|a|\n|-|\n|x<br/>y|", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>x<br>\ny</td>\n</tr>\n</tbody>\n</table>\n"],
  "cells beyond the last column stay": ["|a|b|\n|-|:-:|\n|1|2|3 `x|y`|\\|4|", '<table>\n<thead>\n<tr>\n<th>a</th>\n<th align="center">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td align="center">2 | 3 <code>x|y</code> | |4</td>\n</tr>\n</tbody>\n</table>\n'],
  "headings go on from the page's without a jump": ["## a\n#### b\n### c\n# d\n> ###### e", "<h3>a</h3>\n<h4>b</h4>\n<h4>c</h4>\n<h3>d</h3>\n<blockquote>\n<h4>e</h4>\n</blockquote>\n"],
  "emphasis in scripts without blanks": ["**注意：**正文 含**「重点」**内容 **试一试。**1 文**“x”**文 これは**「太字」**です", "<p><strong>注意：</strong>正文 含<strong>「重点」</strong>内容 <strong>试一试。</strong>1 文<strong>“x”</strong>文 これは<strong>「太字」</strong>です</p>\n"],
  "the words for a picture are all there": ["![*a* `b` $c$ ![d](e)\nf](g)", '<p><img src="g" alt="a b c d\nf"></p>\n'],
  "a definition that nothing uses stays in view": ["[Anna]: Hello\n[Ben]: Hi\n\n[Source]: https://a.b\n\n> [c]: d", '<p>[Anna]: Hello</p>\n<p>[Ben]: Hi</p>\n<p>[Source]: <a href="https://a.b">https://a.b</a></p>\n<blockquote>\n<p>[c]: d</p>\n</blockquote>\n'],
  "a footnote stays in view": ["a [^1]\n\n[^1]: note", "<p>a [^1]</p>\n<p>[^1]: note</p>\n"],
  "a heading is no first row of a table": ["# a | b\n- | -", "<h3>a | b</h3>\n<p>- | -</p>\n".replace("<p>- | -</p>", "<ul>\n<li>| -</li>\n</ul>")],
  "a definition counts wherever it stands": ["[a] and [b]\n\n[A]: /x 'y'\n\ntext\n\n- [b]: /z", '<p><a href="/x" title="y">a</a> and <a href="/z">b</a></p>\n<p>text</p>\n<ul>\n<li>\n</li>\n</ul>\n'],
};
for (const [name, [text, html]] of Object.entries(cases)) test(name, () => assert.equal(shown(text), html));

/** An address, and the text around it. */
const addresses = {
  "请看 https://example.org/guide，然后继续。": "https://example.org/guide",
  "文档在 https://example.org/docs（中文）里。": "https://example.org/docs",
  "请看https://example.org/路径。": "https://example.org/路径",
  "「https://example.org/a」": "https://example.org/a",
  "“https://example.org/a”": "https://example.org/a",
  "https://example.org를 방문": "https://example.org",
  "انظر https://example.org/a، ثم": "https://example.org/a",
  "(https://en.wikipedia.org/wiki/Tree_(graph))": "https://en.wikipedia.org/wiki/Tree_(graph)",
  "see https://example.org/a?b=c&d=e#f.": "https://example.org/a?b=c&d=e#f",
  "see \"https://example.org\", or": "https://example.org",
  "[https://example.org/a]": "https://example.org/a",
  "**https://example.org/a**": "https://example.org/a",
  "http://localhost:8080/x!": "http://localhost:8080/x",
  "www.example.org/a;": "www.example.org/a",
  "write to me+x@example.org.": "me+x@example.org",
};
for (const [text, address] of Object.entries(addresses)) test(`the address in ${JSON.stringify(text)} ends where it ends`, () => {
  const linked = /<a href="[^"]*">([^<]*)<\/a>/.exec(shown(text))?.[1].replaceAll("&amp;", "&");
  assert.equal(linked, address);
});

/** What is too deep or too wide: every word of it is there, and it is not deeper than a page can be. */
const excessive = {
  "3,000 quotes": `${">".repeat(3000)} word`,
  "6,400 quotes": `${">".repeat(6400)} word`,
  "3,200 lists": `${"1. ".repeat(3200)}word`,
  "lists in quotes": `${"> - ".repeat(2000)}word`,
  "a list, ever deeper": Array.from({ length: 300 }, (_, depth) => `${"  ".repeat(depth)}- word`).join("\n"),
  "unclosed emphasis": "**a ".repeat(8000) + "word",
  "emphasis in emphasis": `${"*a ".repeat(2000)}word${" a*".repeat(2000)}`,
  "open brackets": `${"[".repeat(50_000)}word`,
  "images in images": `${"![".repeat(300)}word${"](a)".repeat(300)}`,
  "a wide first row and many short ones": `|${"a|".repeat(2000)}\n|${"-|".repeat(2000)}\n${"|word\n".repeat(2000)}`,
  "definitions": "[a]: b\n".repeat(5000) + "\nword",
  "backticks": Array.from({ length: 300 }, (_, length) => "`".repeat(length)).join(" ") + "word",
  "dollars": "$a".repeat(20_000) + " word",
  "open mathematics": "\\(".repeat(20_000) + " word",
  "angle brackets": "<".repeat(100_000) + " word",
  "links that are not closed": "[](".repeat(20_000) + " word",
  "links that are not closed, with more brackets": "[]((".repeat(10_000) + " word",
  "links with half an address": "[a](b".repeat(10_000) + " word",
  "links with half an address in angle brackets": "[a](<b".repeat(10_000) + " word",
  "entities": "&a".repeat(20_000) + " word",
  "spaces": " ".repeat(50_000) + "word" + " ".repeat(50_000) + "\nword",
  "mail": "a@".repeat(20_000) + " word",
  "comments": "<!--".repeat(10_000) + " word",
  "addresses": "https://a.b/(".repeat(3000) + " word",
};
for (const [name, text] of Object.entries(excessive)) test(`${name} are bounded, and nothing is dropped`, () => {
  const html = shown(text);
  assert.equal(html.match(/word/g)?.length, text.match(/word/g).length);
  let depth = 0;
  let deepest = 0;
  for (const [, closing, tag] of html.matchAll(/<(\/?)(\w+)/g)) {
    if (/^(?:br|hr|img|input)$/.test(tag)) continue;
    depth += closing ? -1 : 1;
    deepest = Math.max(deepest, depth);
  }
  assert.ok(deepest < 100, `${deepest} deep`);
});
