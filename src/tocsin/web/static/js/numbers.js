// @ts-check
/** Numbers as people read them; says the same as `web/numbers.py`. */

/** @param {number} value @returns {string} about three significant digits, thousands separated by commas */
function digits(value) {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  if (size >= 10) return value.toFixed(1).replace(/\.0$/, "");
  if (size >= 1) return value.toFixed(2).replace(/\.?0+$/, "");
  return size >= 0.000001 ? Number(value.toPrecision(2)).toFixed(6).replace(/0+$/, "") : "0";
}

/** @param {number} value @param {number} places */
function short(value, places) {
  return value.toFixed(places).replace(/\.0$/, "");
}

/** @param {number} value in seconds; the two largest units */
export function length(value) {
  let left = Math.round(value);
  /** @type {string[]} */
  const words = [];
  for (const [unit, word] of /** @type {[number, string][]} */ ([[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]])) {
    const n = Math.floor(left / unit);
    left %= unit;
    if (n) words.push(`${n} ${word}`);
    else if (words.length) break;
    if (words.length === 2) break;
  }
  return words.join(" ") || "0 s";
}

/** @param {number} value */
function seconds(value) {
  if (value < 0.9995) return `${(value * 1000).toFixed(0)} ms`;
  if (value < 99.95) return `${short(value, 1)} s`;
  return length(value);
}

/** @param {number} value */
function share(value) {
  const percent = value * 100;
  if (percent <= 0) return "0%";
  if (percent < 0.01) return "<0.01%";
  if (percent < 0.1) return `${percent.toFixed(2)}%`;
  if (percent < 9.95) return `${short(percent, 1)}%`;
  if (percent >= 99.5 && percent < 100) return `${Math.min(percent, 99.9).toFixed(1)}%`;
  return `${percent.toFixed(0)}%`;
}

/** @param {number} value */
export function count(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)}G`;
  if (size >= 1e6) return `${digits(value / 1e6)}M`;
  if (size >= 1e4) return `${digits(value / 1e3)}k`;
  return Number.isInteger(value) ? value.toLocaleString("en-US") : digits(value);
}

/** @param {number} value */
function usd(value) {
  if (value === 0) return "$0";
  if (value >= 100) return `$${Math.round(value).toLocaleString("en-US")}`;
  if (value >= 0.995) return `$${value.toFixed(2).replace(/\.00$/, "")}`;
  if (value >= 0.0001) return `$${Number(value.toPrecision(2)).toFixed(6).replace(/0+$/, "")}`;
  return "<$0.0001";
}

/** @param {number | null | undefined} value @param {string} unit */
export function measured(value, unit) {
  if (value === null || value === undefined) return "-";
  switch (unit) {
    case "s": return seconds(value);
    case "share": return share(value);
    case "USD/h": return `${usd(value)}/h`;
    case "tokens/h": return `${count(value)} tokens/h`;
    case "tokens/call": return `${count(value)} tokens a call`;
    case "USD/call": return `${usd(value)} a call`;
    case "calls/min": return `${count(value)} calls/min`;
    default: return digits(value);
  }
}

/** The same, short enough for an axis: the unit of rates is left to the title. @param {number} value @param {string} unit */
export function tick(value, unit) {
  if (value === 0) return "0";
  return measured(value, unit).replace(/\/h$| tokens\/h$| tokens a call$| a call$| calls\/min$/, "");
}
