/** Numbers as people read them. */

/** 950 → "950", 1240 → "1.2 k", 128000 → "128 k", 1048576 → "1 M". */
export function count(value) {
  if (value < 1000) return String(value);
  const [scaled, unit] = value < 999_500 ? [value / 1000, "k"] : [value / 1_000_000, "M"];
  const digits = scaled < 10 ? Math.round(scaled * 10) / 10 : Math.round(scaled);
  return `${digits}\u00A0${unit}`;
}

/** 1234567 → "1 234 567", with thin spaces. */
export function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/**
 * What something cost. Small sums keep two digits that mean something.
 * @param {number} nanoUSD integer nano-USD
 */
export function cost(nanoUSD, { estimated = false } = {}) {
  const sum = dollars(nanoUSD / 1e9);
  return estimated && nanoUSD > 0 && !sum.startsWith("<") ? `≈\u2009${sum}` : sum;
}

function dollars(sum) {
  if (sum === 0) return "$0.00";
  if (sum < 0.0001) return "< $0.0001";
  if (sum < 0.1) return `$${sum.toFixed(4)}`;
  return sum < 1 ? `$${sum.toFixed(3)}` : `$${sum.toFixed(2)}`;
}

/** A price per million tokens: "$3.00", "$0.075", "free". @param {number} nanoUSD */
export function price(nanoUSD) {
  if (nanoUSD === 0) return "free";
  const sum = nanoUSD / 1e9;
  if (sum < 0.001) return "< $0.001";
  const digits = sum < 1 ? String(Number(sum.toPrecision(3))).length - 2 : 2;
  return `$${sum.toFixed(Math.max(2, digits))}`;
}

/** 420 → "0.4 s", 3140 → "3.1 s", 65000 → "1 min 5 s". */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 0.05) return "under 0.1\u00A0s";
  if (seconds < 59.95) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}\u00A0s`;
  const whole = Math.round(seconds);
  const rest = whole % 60;
  return `${Math.floor(whole / 60)}\u00A0min${rest ? ` ${rest}\u00A0s` : ""}`;
}

/** How long a model thought: whole seconds are enough. */
export function thought(ms) {
  return ms < 1000 ? "under 1\u00A0s" : duration(Math.round(ms / 1000) * 1000).replace(".0", "");
}
