import assert from "node:assert/strict";
import { test } from "node:test";
import { shown } from "./shown.mjs";

const cells = (text) => [...shown(text).matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, content]) => content.replace(/<\/?(?:span class="math"|span)>/g, "¤").replace(/<\/?code>/g, "`"));

/** Rows of two cells. */
const rows = {
  "| $P(A|B)$ | x |": ["¤P(A|B)¤", "x"],
  "| \\(|x|\\) | `a|b` |": ["¤|x|¤", "`a|b`"],
  "$|x|$|c": ["¤|x|¤", "c"],
  "| c | $|x| + |y|$": ["c", "¤|x| + |y|¤"],
  "| $x | y$ |": ["$x", "y$"],
  "| $5 | $6 |": ["$5", "$6"],
  "| `$a|b$` | $a|b$ |": ["`$a|b$`", "¤a|b¤"],
  "| \\$a|b\\$ |": ["$a", "b$"],
};

for (const [row, expected] of Object.entries(rows)) {
  test(`the row ${row}`, () => assert.deepEqual(cells(`| a | b |\n|---|---|\n${row}\n`), ["a", "b", ...expected]));
}

test("a first row, and a table in a list", () => {
  assert.deepEqual(cells("| $P(A|B)$ | b |\n|---|---|\n| c | d |"), ["¤P(A|B)¤", "b", "c", "d"]);
  assert.deepEqual(cells("- | a | b |\n  |---|---|\n  | $P(A|B)$ | x |\n"), ["a", "b", "¤P(A|B)¤", "x"]);
});

test("after many tables that add too many cells there is text, and a table after a blank line is one", () => {
  const html = shown(`${"|a|a\n-|-\n".repeat(1500)}\n|x|y|\n|-|-|\n`);
  assert.equal(html.match(/\|a\|a/g).length, 1500);
  assert.ok(html.endsWith("<th>x</th>\n<th>y</th>\n</tr>\n</thead>\n<tbody></tbody>\n</table>\n"));
});
