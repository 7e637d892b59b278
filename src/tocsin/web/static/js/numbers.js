// @ts-check
/** Numbers as people read them; says the same as `web/numbers.py`. */

/** @param {number} value @returns {string} about three significant digits, thousands separated by commas */
function digits(value) {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  if (size >= 10) return value.toFixed(1).replace(/\.0$/, "");
  if (size >= 1) return value.toFixed(2).replace(/\.?0+$/, "");
  return size ? String(Number(value.toPrecision(2))) : "0";
}

/** @param {number} value */
function seconds(value) {
  if (value < 0.9995) return `${(value * 1000).toFixed(0)} ms`;
  if (value < 120) return `${digits(value)} s`;
  if (value < 7200) return `${digits(value / 60)} min`;
  return `${digits(value / 3600)} h`;
}

/** @param {number} value */
function share(value) {
  const percent = value * 100;
  if (percent === 0) return "0%";
  if (percent < 0.01) return "<0.01%";
  return `${percent.toFixed(percent < 0.1 ? 2 : percent < 10 ? 1 : 0)}%`;
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
  if (value >= 10000) return `$${Math.round(value).toLocaleString("en-US")}`;
  if (value >= 0.995) return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  if (value === 0) return "$0";
  if (value >= 0.1) return `$${value.toFixed(2)}`;
  return `$${value.toLocaleString("en-US", { maximumSignificantDigits: 2, useGrouping: false })}`;
}

/** @param {number | null | undefined} value @param {string} unit */
export function measured(value, unit) {
  if (value === null || value === undefined) return "-";
  switch (unit) {
    case "s": return seconds(value);
    case "share": return share(value);
    case "USD/h": return `${usd(value)}/h`;
    case "tokens/h": return `${count(value)} tokens/h`;
    case "calls/min": return `${count(value)} calls/min`;
    default: return digits(value);
  }
}

/** The same, short enough for an axis: the unit of rates is left to the title. @param {number} value @param {string} unit */
export function tick(value, unit) {
  if (value === 0) return "0";
  return measured(value, unit).replace(/\/h$| tokens\/h$| calls\/min$/, "");
}
