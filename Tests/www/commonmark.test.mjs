import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { shown } from "./shown.mjs";

/** The examples of the specification, version 0.30, as Debian's golang-github-yuin-goldmark-dev ships them. */
const examples = JSON.parse(readFileSync("/usr/share/gocode/src/github.com/yuin/goldmark/_test/spec.json", "utf8"));

/** Where the page does otherwise, and why. */
const otherwise = new Map(Object.entries({
  "HTML is shown as text, and Markdown goes on around it": [
    21, 31, 308, 309, 344, ...range(148, 191), 201, 474, 475, 476, 490, 493, 523, 535, 612, 613, 614, 615, 616, 622, 624, 627, 628, 629, 630, 631, 642, 643,
  ],
  "all that stands after a fence is shown, not its first word alone": [34, 143, 144, 146],
  "a definition that nothing uses stays in view": [207, 208, 210, 317, 544],
  "an address is a link also without angle brackets (GFM 6.9)": [601, 605, 607, 610, 611],
  "a link leads to the web or to mail, and nowhere else": [499, 595, 597, 598, 600],
}).flatMap(([reason, numbers]) => numbers.map((number) => [number, reason])));

/**
 * What is different everywhere: the end of a line ends the line, headings are below the message's own, and which of
 * them is how far below depends on those before.
 */
function likened(html) {
  return html.replace(/ \/>/g, ">").replace(/<br>\n/g, "\n").replace(/<(\/?)h\d>/g, "<$1h>").replace(/>\s+</g, "><").trim();
}

for (const { markdown, html, example, section } of examples) {
  const reason = otherwise.get(example);
  const expected = likened(html);
  test(`${section}, example ${example}${reason ? ` is not followed: ${reason}` : ""}`, () => {
    if (reason) assert.notEqual(likened(shown(markdown)), expected);
    else assert.equal(likened(shown(markdown)), expected);
  });
}

test("all of the specification is there", () => assert.equal(examples.length, 652));

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
