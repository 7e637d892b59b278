// @ts-check
/** Brings a page to life: times in the reader's zone, graphs, live updates, remembered folds. The page reads without it. */
import { Chart } from "./chart.js";
import { localise, written } from "./times.js";

const TICK_MS = 5000;
/** @type {Map<string, Chart>} */
const charts = new Map();
/** @type {Map<string, import("./chart.js").Graph>} */
const graphs = new Map();

/** Read the graphs' data that the server wrote into the page. */
function readData() {
  for (const holder of document.querySelectorAll("[data-graphs]")) {
    if (!holder.textContent?.trim()) continue;
    for (const graph of JSON.parse(holder.textContent)) graphs.set(graph.name, graph);
  }
}

/** Draw every graph that can be seen, and bring drawn ones up to date. */
function drawGraphs() {
  for (const holder of document.querySelectorAll("[data-graph]")) {
    if (!(holder instanceof HTMLElement) || !holder.clientWidth) continue;
    const name = holder.dataset.graph ?? "";
    const graph = graphs.get(name);
    if (!graph) continue;
    const chart = charts.get(name);
    if (chart) chart.update(graph);
    else charts.set(name, new Chart(holder, graph, zoom));
  }
}

/** Go to the stretch that was dragged over. @param {number} from @param {number} to in seconds */
function zoom(from, to) {
  const url = new URL(location.href);
  const base = document.body.dataset.zoom ?? url.pathname;
  const middle = (from + to) / 2;
  const half = Math.max((to - from) / 2, 600);
  url.pathname = base;
  url.searchParams.delete("range");
  url.searchParams.set("from", String(Math.round((middle - half) * 1000)));
  url.searchParams.set("to", String(Math.round((middle + half) * 1000)));
  location.assign(url);
}

/** Folded parts stay as the reader left them. */
function rememberFolds() {
  for (const fold of document.querySelectorAll("details[id]")) {
    if (!(fold instanceof HTMLDetailsElement)) continue;
    const key = `fold:${fold.id}`;
    try {
      if (localStorage.getItem(key) === "open") fold.open = true;
    } catch { /* storage may be refused; folds are then not remembered */ }
    fold.addEventListener("toggle", () => {
      try {
        if (fold.open) localStorage.setItem(key, "open");
        else localStorage.removeItem(key);
      } catch { /* the same */ }
      drawGraphs();
    });
  }
}

/** Forms: a choice is taken at once, and times are sent as moments, not as wall-clock readings. */
function wireForms() {
  document.body.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.dataset.now !== undefined) field.form?.requestSubmit();
  });
  document.body.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    for (const field of form.elements) {
      if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) continue;
      if (!field.value) field.disabled = true;
      else if (field instanceof HTMLInputElement && field.type === "datetime-local") {
        const at = new Date(field.value).getTime();
        field.type = "hidden";
        field.value = String(at);
      }
    }
  });
}

/** Ask for news every few seconds while the page is seen, and say so when the server does not answer. */
function keepLive() {
  const pulse = document.querySelector("[data-pulse]");
  const tick = () => {
    if (document.visibilityState === "visible") document.body.dispatchEvent(new CustomEvent("tick"));
  };
  if (document.querySelector("[hx-trigger^='tick']")) setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = /** @type {any} */ (event).detail;
    const well = successful || xhr?.status === 304;
    document.body.toggleAttribute("data-stale", !well);
    if (pulse) pulse.textContent = well ? "live" : `no answer since ${written(new Date(), "second")}`;
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    localise(document);
    readData();
    drawGraphs();
  });
}

/** Copy buttons show only where copying works. */
function wireCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy ?? "")?.textContent ?? "";
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    });
  }
}

for (const node of document.querySelectorAll("[data-without-js]")) node.setAttribute("hidden", "");
localise(document);
readData();
rememberFolds();
wireForms();
wireCopies();
drawGraphs();
keepLive();
