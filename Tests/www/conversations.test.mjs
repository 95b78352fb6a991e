import assert from "node:assert/strict";
import { test } from "node:test";
import { groupByPeriod, periodOf, watchMs } from "../../nginx/www/assets/lib/conversations.js";

const at = (...parts) => new Date(...parts).getTime();
const now = at(2026, 5, 15, 14, 30);

test("periods follow the calendar, not hours", () => {
  assert.equal(periodOf(at(2026, 5, 15, 0, 0), now), "Today");
  assert.equal(periodOf(at(2026, 5, 14, 23, 59), now), "Yesterday");
  assert.equal(periodOf(at(2026, 5, 14, 0, 0), now), "Yesterday");
  assert.equal(periodOf(at(2026, 5, 13, 23, 59), now), "Previous 7 days");
  assert.equal(periodOf(at(2026, 5, 8, 0, 0), now), "Previous 7 days");
  assert.equal(periodOf(at(2026, 5, 7, 23, 59), now), "Earlier");
});

test("a clock that is behind still means today", () => {
  assert.equal(periodOf(now + 60_000, now), "Today");
});

test("groups keep the order and leave out what is empty", () => {
  const items = [at(2026, 5, 15, 9), at(2026, 5, 15, 8), at(2026, 0, 1)].map((updated_ms, id) => ({ id, updated_ms }));
  assert.deepEqual(groupByPeriod(items, now).map(({ period, items: members }) => [period, members.length]), [["Today", 2], ["Earlier", 1]]);
});

test("a running answer is looked after gently, and ever more so", () => {
  const waits = Array.from({ length: 12 }, (_, looks) => watchMs(looks));
  assert.equal(waits[0], 3000);
  assert.ok(waits.every((wait, at) => at === 0 || wait >= waits[at - 1]));
  assert.ok(waits[1] > waits[0]);
  assert.equal(waits.at(-1), 30_000);
});
