import assert from "node:assert/strict";
import { test } from "node:test";
import { matchBlockMath, matchInlineMath, nextBlockMath, nextInlineMath } from "../../nginx/www/assets/lib/math-syntax.js";

const found = { "$a+b$ c": "a+b", "$x$": "x", "\\(a\\) b": "a", "\\[ a \\] b": "a", "$$a$$": "a", "$\\$5$": "\\$5", "$a\nb$": "a\nb" };
const not = ["$5 and $10", "$ a$", "$a $", "$5-$6", "$a", "$$", "\\(a", "$a\n\nb$", "text"];

for (const [source, tex] of Object.entries(found)) test(`${JSON.stringify(source)} is mathematics`, () => assert.equal(matchInlineMath(source).tex, tex));
for (const source of not) test(`${JSON.stringify(source)} is not`, () => assert.equal(matchInlineMath(source), null));

test("a block stands alone on its lines", () => {
  assert.equal(matchBlockMath("$$\na\n$$\nb").tex, "a");
  assert.equal(matchBlockMath("\\[\na\n\\]\n").tex, "a");
  assert.equal(matchBlockMath("$$ a $$ and text"), null);
  assert.equal(matchBlockMath("text $$a$$"), null);
});

test("where the next may begin", () => {
  assert.equal(nextInlineMath("ab $c$"), 3);
  assert.equal(nextInlineMath("ab \\(c\\)"), 3);
  assert.equal(nextInlineMath("abc"), -1);
  assert.equal(nextBlockMath("a $b$\n$$"), 6);
  assert.equal(nextBlockMath("a $$b$$"), -1);
});
