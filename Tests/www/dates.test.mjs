import assert from "node:assert/strict";
import { test } from "node:test";
import { day, exact, relative, untilNext } from "../../nginx/www/assets/lib/dates.js";

const now = Date.UTC(2026, 0, 2, 12);
const minute = 60_000;
const hour = 60 * minute;

test("how long ago, in the language's own words, then the day", () => {
  const rows = [[0, "now"], [59_999, "now"], [minute, "1 min. ago"], [5 * minute + 1, "5 min. ago"], [hour - 1, "59 min. ago"],
    [hour, "1 hr. ago"], [24 * hour - 1, "23 hr. ago"], [24 * hour, "Jan 1, 2026"], [-30_000, "now"], [-5 * minute, "in 5 min."], [-3 * hour, "in 3 hr."]];
  for (const [away, text] of rows) assert.equal(relative(now - away, now, "en"), text, `${away}`);
  assert.equal(relative(now - 5 * minute, now, "de"), "vor 5 Min.");
  assert.equal(relative(now, now, "de"), "jetzt");
});

test("the words change when that says so, and not before", () => {
  for (const away of [0, 1, 59_999, minute, 5 * minute + 777, hour - 1, hour, 7 * hour + 5, 23 * hour, -1, -minute, -5 * minute - 3, -hour, -3 * hour, -30 * hour]) {
    const ms = now - away;
    const wait = untilNext(ms, now);
    assert.ok(wait >= 1 && Number.isFinite(wait), `${away}`);
    const said = relative(ms, now, "en");
    assert.equal(relative(ms, now + wait - 1, "en"), said, `${away} before`);
    if (Math.abs(away) >= minute || away >= 0) assert.notEqual(relative(ms, now + wait, "en"), said, `${away} after`);
  }
  assert.equal(untilNext(now - 25 * hour, now), Infinity);
});

test("the day and the moment", () => {
  assert.equal(day(now, "en"), "Jan 2, 2026");
  assert.match(exact(now, "en"), /Friday, January 2, 2026.*:00:00/);
});
