import assert from "node:assert/strict";
import { test } from "node:test";
import { sift, sizeText } from "../../nginx/www/assets/lib/chosen-files.js";

const file = (name, type = "", bytes = 1) => new File(["x".repeat(bytes)], name, { type });
const whys = (files, rules) => sift(files, rules).refused.map(({ file: { name }, why }) => [name, why]);

test("kinds are told by type, family or name", () => {
  const files = [file("a.csv"), file("B.CSV", "text/csv"), file("c.png", "image/png"), file("d.pdf", "application/pdf"), file("e"), file("f.txt", "text/plain;charset=utf-8")];
  assert.deepEqual(whys(files, { accept: ".csv, image/*,text/plain" }), [["d.pdf", "type"], ["e", "type"]]);
  assert.deepEqual(whys(files, {}), []);
});

test("size, emptiness and number are bounds, and what is within them is taken", () => {
  const files = [file("big", "", 11), file("none", "", 0), file("one"), file("two"), file("three")];
  const { taken, refused } = sift(files, { limitBytes: 10, most: 2 });
  assert.deepEqual(taken.map(({ name }) => name), ["one", "two"]);
  assert.deepEqual(refused.map(({ why }) => why), ["size", "empty", "number"]);
});

test("sizes", () => {
  const plain = (text) => text.replace(/\u00A0/g, " ");
  assert.deepEqual([0, 999, 1000, 200_000, 1_500_000, 2e9].map((bytes) => plain(sizeText(bytes, "en"))), ["0 byte", "999 byte", "1 kB", "200 kB", "1.5 MB", "2 GB"]);
  assert.equal(plain(sizeText(1_500_000, "de")), "1,5 MB");
});
