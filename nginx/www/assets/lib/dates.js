/** Times as people say them: how long ago, the day, the exact moment. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** "now", "5 min. ago", "in 3 hr."; the day once it is further away than that. */
export function relative(ms, nowMs, locale) {
  const [step, unit] = stepOf(Math.abs(nowMs - ms));
  if (!unit) return day(ms, locale);
  const steps = Math.trunc((ms - nowMs) / step);
  return new Intl.RelativeTimeFormat(locale, { numeric: steps ? "always" : "auto", style: "short" }).format(steps, steps ? unit : "second");
}

/** How long what `relative` says stays true, in ms; Infinity for a day. */
export function untilNext(ms, nowMs) {
  const away = nowMs - ms;
  const [step, unit] = stepOf(Math.abs(away));
  if (!unit) return away > 0 ? Infinity : -away - dayMs + 1;
  // What has passed grows to the next step; what is to come shrinks below its own.
  const rest = Math.abs(away) % step;
  return away >= 0 ? step - rest : rest + 1;
}

/** The day alone. */
export function day(ms, locale) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(ms);
}

/** The moment, to the second. */
export function exact(ms, locale) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" }).format(ms);
}

function stepOf(awayMs) {
  if (awayMs < hourMs) return [minuteMs, "minute"];
  return awayMs < dayMs ? [hourMs, "hour"] : [dayMs, null];
}
