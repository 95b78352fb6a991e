import assert from "node:assert/strict";
import { test } from "node:test";
import { cost, count, duration, grouped, price, thought } from "../../nginx/www/assets/lib/format.js";

const plain = (text) => text.replace(/[\u00A0\u2009]/g, " ");
const table = (name, run, rows) => test(name, () => { for (const [value, text] of rows) assert.equal(plain(run(value)), text, `${value}`); });

table("counts", count, [[0, "0"], [999, "999"], [1000, "1 k"], [1240, "1.2 k"], [28_812, "29 k"], [128_000, "128 k"], [999_499, "999 k"], [999_500, "1 M"], [1_048_576, "1 M"]]);
table("grouped digits", grouped, [[7, "7"], [1234, "1 234"], [1_234_567, "1 234 567"]]);
table("costs", cost, [[0, "$0.00"], [1, "< $0.0001"], [2_100_000, "$0.0021"], [14_200_000, "$0.0142"], [123_400_000, "$0.123"], [1_234_000_000, "$1.23"]]);
table("prices per million", price, [[0, "free"], [3e9, "$3.00"], [500e6, "$0.50"], [150e6, "$0.15"], [75e6, "$0.075"], [999_900_000, "$1.00"], [2.5e9, "$2.50"], [100_000, "< $0.001"]]);
table("durations", duration, [[0, "under 0.1 s"], [49, "under 0.1 s"], [420, "0.4 s"], [3140, "3.1 s"], [12_400, "12 s"], [59_960, "1 min"], [65_000, "1 min 5 s"], [120_000, "2 min"]]);
table("thinking", thought, [[400, "under 1 s"], [2100, "2 s"], [65_000, "1 min 5 s"]]);

test("an estimate says so, nothing is not an estimate", () => {
  assert.equal(plain(cost(2_100_000, { estimated: true })), "≈ $0.0021");
  assert.equal(plain(cost(2_100, { estimated: true })), "< $0.0001");
  assert.equal(cost(0, { estimated: true }), "$0.00");
});
