import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooMuch } from "../../nginx/www/assets/lib/typeset.js";

test("a formula that would hold up the page is not typeset", () => {
  for (const tex of ["x^{".repeat(60) + "x" + "}".repeat(60), "\\left(".repeat(60), "\\begin{matrix}".repeat(50), "x+".repeat(2000)]) assert.equal(isTooMuch(tex), true);
});

test("an ordinary one is", () => {
  for (const tex of ["x", "{a}".repeat(300), "\\{".repeat(60), "\\left(\\frac{a}{b}\\right)".repeat(50), "\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}"]) assert.equal(isTooMuch(tex), false);
});
