import assert from "node:assert/strict";
import { test } from "node:test";
import { mathAt } from "../../nginx/www/assets/lib/math-syntax.js";
import { shown, streamed } from "./shown.mjs";

/** Each is one formula at the place of its first mark. */
const found = {
  "$a+b$ c": "a+b", "$x$": "x", "$x$.": "x", "($x$)": "x", "the $i$th": "i", "two $x$s": "x", "变量$x$表示": "x", "$x$는": "x", "$$a$$": "a", "so $$E=mc^2$$ holds": "E=mc^2",
  "\\(a\\) b": "a", "\\(a\nb\\)": "a\nb", "see \\[ \\frac a b \\]": "\\frac a b", "$\\$5$": "\\$5", "$3$": "3", "$10 km$": "10 km", "$-x$": "-x", "$]0,1[$": "]0,1[", "$.5$": ".5",
  "$\\$0.60$": "\\$0.60", "\\( p^* \\)": "p^*", "so:$$x_{1,2} = {-b \\pm c \\over 2a}$$": "x_{1,2} = {-b \\pm c \\over 2a}", "a $\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}$": "\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}",
  "a $\\left(\\begin{matrix}\n1& 0\\\\\n\\end{matrix}\\right)$": "\\left(\\begin{matrix}\n1& 0\\\\\n\\end{matrix}\\right)",
};

/** None of these holds mathematics, wherever one looks: each stands as it was written. */
const none = [
  "A small one is 5$, a large one is 9$, and the set is 14$.", "Then run export PATH=$HOME/bin:$PATH once.", "$5 and $10", "between $5 and $10.", "$5-$6", "$5/$10", "US$5 and A$6", "$20, or 18$ left", "$5 for a seat, 4$ for a child",
  "价格是$5，另一个是$6。", "$ a$", "$a $", "$a", "$$", "$$$ and $$", "$$-$$$", "echo $$; kill $$", "a $foo,$bar b", "$a=$b", "${a}-${b}", "${a}/${b}", "$(a).b($(c))", "/^a+$/ and /b$/", "$1,$2", "$_GET['a'], $_POST['b']",
  "$'a' and $'b'", "$? and $!", "A$AP and A$AP", "$a\nb$", "$PATH:$HOME", "$740 for $5 million coverage", "$0.02/GB or $203/month", "$123 - $234", "(R$ 12,29/metro), (R$ 15,83/metro) e (R$ 18,60/metro)", "$50 million, with a 12% margin ($6 million in net profit)", "$5 a\nB: 6$.",
  "^foo$|^bar$", "text",
];

for (const [source, tex] of Object.entries(found)) {
  test(`${JSON.stringify(source)} is mathematics`, () => assert.equal(mathAt(source, source.search(/\$|\\[([]/))?.tex, tex));
}
for (const source of none) {
  test(`${JSON.stringify(source)} is not`, () => assert.equal(shown(source).replaceAll("<br>\n", "\n").trim(), `<p>${source}</p>`));
}

test("an escaped mark is a mark", () => {
  assert.equal(shown("\\$5$ and \\\\(x\\\\) and \\[note\\]\n"), "<p>$5$ and \\(x\\) and [note]</p>\n");
  assert.equal(shown("\\[citation needed\\]"), "<p>[citation needed]</p>\n");
});

test("mathematics never reaches across code", () => {
  assert.equal(shown("A seat costs $5; in the template write `${seat}` and `${row}`."), "<p>A seat costs $5; in the template write <code>${seat}</code> and <code>${row}</code>.</p>\n");
  assert.equal(shown("\\(a `\\)` b"), "<p>(a <code>\\)</code> b</p>\n");
});

test("display mathematics stands alone on its lines", () => {
  const display = (tex) => `<span class="math math--display">${tex}</span>\n`;
  assert.equal(shown("$$\na\n$$\nb"), `${display("a")}<p>b</p>\n`);
  assert.equal(shown("text\n$$\na\n\nb\n$$"), `<p>text</p>\n${display("a\n\nb")}`);
  assert.equal(shown("\\[\na\n\\]\n"), display("a"));
  assert.equal(shown("- $$a$$"), `<ul>\n<li>\n${display("a")}</li>\n</ul>\n`);
  assert.equal(shown("$$\na"), "<p>$$<br>\na</p>\n");
  assert.equal(shown("$$ a $$ and text"), "<p>$$ a $$ and text</p>\n");
  assert.equal(shown("$$ is money\n\nand $$"), "<p>$$ is money</p>\n<p>and $$</p>\n");
});

const display = (tex) => `<span class="math math--display">${tex}</span>`;

test("a line of mathematics left of an item's words belongs to the item", () => {
  const lists = {
    "1. First:\n$$ x = 1 $$\nthen\n2. Second:": `<ol>\n<li>First:<br>\n${display("x = 1")}<br>\nthen</li>\n<li>Second:</li>\n</ol>\n`,
    "1. First:\n\\[ x \\]\nthen\n2. Second:": `<ol>\n<li>First:<br>\n${display("x")}<br>\nthen</li>\n<li>Second:</li>\n</ol>\n`,
    "- a\n$$ z $$\nmore\n- b": `<ul>\n<li>a<br>\n${display("z")}<br>\nmore</li>\n<li>b</li>\n</ul>\n`,
    "1. A\n$$\ny\n$$\n2. B": `<ol>\n<li>A<br>\n${display("y")}</li>\n<li>B</li>\n</ol>\n`,
    "1. A\n   $$\n   y\n   $$\n2. B": `<ol>\n<li>A${display("y")}\n</li>\n<li>B</li>\n</ol>\n`,
    "1. A\n\n$$ y $$\n\n2. B": `<ol>\n<li>A</li>\n</ol>\n${display("y")}\n<ol start="2">\n<li>B</li>\n</ol>\n`,
    "- a\n\\begin{align}\na &= b \\\\\nc\n\\end{align}\n- b": `<ul>\n<li>a<br>\n${display("\\begin{align}\na &amp;= b \\\\\nc\n\\end{align}")}</li>\n<li>b</li>\n</ul>\n`,
    "- a\n\\[ a note \\]\n- b": "<ul>\n<li>a<br>\n[ a note ]</li>\n<li>b</li>\n</ul>\n",
  };
  for (const [text, html] of Object.entries(lists)) assertShown(text, html);
});

test("an environment of TeX in lines of its own is mathematics", () => {
  const tex = "\\begin{align*}\na &= b \\\\\nc &= d\n\\end{align*}";
  const set = display(tex.replaceAll("&", "&amp;"));
  assertShown(tex, `${set}\n`);
  assertShown(`so\n${tex}\nafter`, `<p>so</p>\n${set}\n<p>after</p>\n`);
  assertShown("\\begin{cases} a \\\\ b \\end{cases}", `${display("\\begin{cases} a \\\\ b \\end{cases}")}\n`);
  assertShown("\\begin{tabular}a\\end{tabular}", "<p>\\begin{tabular}a\\end{tabular}</p>\n");
  assertShown("use \\begin{align} and \\end{align}", "<p>use \\begin{align} and \\end{align}</p>\n");
  assertShown("\\begin{align} is closed by \\end{align}, always", "<p>\\begin{align} is closed by \\end{align}, always</p>\n");
  assertShown("\\begin{align}\na\n\nb", "<p>\\begin{align}<br>\na</p>\n<p>b</p>\n");
  assertShown("```\n\\begin{align}\n\\end{align}\n```", "<pre><code>\\begin{align}\n\\end{align}\n</code></pre>\n");
});

function assertShown(text, html) {
  assert.equal(shown(text), html);
  for (let size = 1; size <= 9; size += 1) assert.equal(streamed(text.match(new RegExp(`[^]{1,${size}}`, "g"))), html);
}
