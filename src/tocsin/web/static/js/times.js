// @ts-check
/** Times in the reader's zone. The server writes UTC, with its zone, for readers without JavaScript. */

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const FORMATS = {
  day: { day: "numeric", month: "short" },
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  exact: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  moment: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

/** @param {number | Date} at @param {string} format one of FORMATS */
export function written(at, format) {
  return new Intl.DateTimeFormat("en-GB", FORMATS[format] ?? FORMATS.moment).format(at);
}

// A time of day as messages tell it: maybe after its date; before its zone, or before an end that has one.
const TOLD = /(?:\b(\d{1,2} [A-Z][a-z]{2}) )?\b(\d\d:\d\d(?::\d\d)?)(?: UTC\b|(?= to (?:\d{1,2} [A-Z][a-z]{2} )?\d\d:\d\d UTC\b))/g;

/** The pieces of text in a node. @param {Node} node @returns {Text[]} */
function texts(node) {
  return [...node.childNodes].flatMap((child) => (child instanceof Text ? [child] : texts(child)));
}

/** Write every `<time>` under `root` in the reader's zone, and name the zone. @param {ParentNode} root */
export function localise(root) {
  for (const node of root.querySelectorAll("time[datetime]")) {
    const at = new Date(node.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) continue;
    node.textContent = written(at, node.getAttribute("data-format") ?? "moment");
    node.setAttribute("title", at.toISOString());
  }
  // Messages tell times in UTC; on the page the same moment is told as every other time here.
  for (const node of root.querySelectorAll("[data-began]")) {
    const began = (node.getAttribute("data-began") ?? "").slice(0, 10);
    for (const text of texts(node)) {
      text.data = text.data.replace(TOLD, (whole, day, time) => {
        const at = new Date(day ? `${day} ${began.slice(0, 4)} ${time} UTC` : `${began}T${time}Z`);
        if (Number.isNaN(at.getTime())) return whole;
        return `${day ? `${written(at, "day")} ` : ""}${written(at, time.length > 5 ? "second" : "clock")}`;
      });
    }
  }
  for (const node of root.querySelectorAll("[data-zone]")) node.textContent = zone();
}

/** @returns {string} the zone's name and its distance from UTC now */
export function zone() {
  const minutes = -new Date().getTimezoneOffset();
  const sign = minutes < 0 ? "-" : "+";
  const [h, m] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (!minutes) return ZONE === "UTC" ? "UTC" : `${ZONE} (UTC)`;
  return `${ZONE} (UTC${sign}${h}${m ? `:${String(m).padStart(2, "0")}` : ""})`;
}
