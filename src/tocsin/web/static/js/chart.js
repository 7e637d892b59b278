// @ts-check
/**
 * One graph, drawn by uPlot from the server's typed series. Missing is null and stays a gap.
 *
 * @typedef {{key: string, label: string, role: "line" | "stack" | "judged" | "told", colour: string, values: (number | null)[]}} Series
 * @typedef {{kind: "threshold" | "usual", label: string, value: number, measure: string, over_s: number | null}} Level
 * @typedef {{incident: string, label: string, since: number, fired: number, until: number | null}} Mark
 * @typedef {{name: string, title: string, unit: string, step_s: number, at: number[], until: number, series: Series[], calls: number[],
 *   levels: Level[], marks: Mark[], trailing_s: number | null, latest: number}} Graph
 */
import { measured, tick, count, length } from "./numbers.js";
import { written } from "./times.js";

const uPlot = /** @type {any} */ (globalThis).uPlot;
const SYNC = "graphs";
// A threshold further above the data than this is named at the upper edge instead of drawn, or the data would be flat.
const FAR = 3;
/** The least height of the value axis, in the unit: a quiet graph must look quiet. @type {Record<string, number>} */
const TOP_MIN = { s: 0.1, share: 0.02, "USD/h": 0.01, "tokens/h": 10, "tokens/call": 10, "USD/call": 0.001, "calls/min": 1 };

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888";
}

/** Running sums of the stacked series, lowest first. @param {Graph} graph */
function stacked(graph) {
  /** @type {(number | null)[]} */
  let below = graph.at.map(() => null);
  return graph.series
    .filter((series) => series.role === "stack")
    .map((series) => {
      below = below.map((sum, i) => {
        const own = series.values[i];
        return sum === null && own === null ? null : (sum ?? 0) + (own ?? 0);
      });
      return { series, values: below };
    });
}

/** What is painted, back to front. @param {Graph} graph */
function layers(graph) {
  const lines = graph.series.filter((series) => series.role === "line" || series.role === "judged");
  return [...stacked(graph).reverse(), ...lines.map((series) => ({ series, values: series.values }))];
}

/** Where each point stands: the middle of its step, or the end of its trailing window. @param {Graph} graph */
function places(graph) {
  const shift = graph.trailing_s === null ? graph.step_s / 2 : graph.step_s;
  return graph.at.map((at) => at + shift);
}

/** @param {Graph} graph */
function topOf(graph) {
  let top = TOP_MIN[graph.unit] ?? 0;
  for (const { values } of layers(graph)) for (const value of values) if (value !== null && value > top) top = value;
  const near = graph.levels.map((level) => level.value).filter((value) => graph.name === "fire" || value <= FAR * top);
  return Math.max(top, ...near) * 1.12;
}

/** Indices of points without neighbours, which a line alone would not show. @param {(number | null | undefined)[]} values */
function lonely(values) {
  return values.flatMap((value, i) => (value != null && values[i - 1] == null && values[i + 1] == null ? [i] : []));
}

export class Chart {
  /**
   * @param {HTMLElement} holder
   * @param {Graph} graph
   * @param {(from: number, to: number) => void} zoom given the ends of a stretch that was dragged over, in seconds
   */
  constructor(holder, graph, zoom) {
    this.holder = holder;
    this.graph = graph;
    this.zoom = zoom;
    /** @type {any} */
    this.plot = null;
    new ResizeObserver(() => this.resize()).observe(holder);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.draw();
  }

  /** Show newer data; the drawing is kept where only values changed. @param {Graph} graph */
  update(graph) {
    const shape = (/** @type {Graph} */ g) => JSON.stringify([g.series.map((s) => [s.key, s.role]), g.step_s, g.trailing_s, g.unit]);
    const same = shape(graph) === shape(this.graph);
    this.graph = graph;
    if (!same || !this.plot) return this.draw();
    this.plot.setData([places(graph), ...layers(graph).map((layer) => layer.values)]);
    this.sayNothing();
    this.read(this.plot.cursor.idx);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (this.plot && width && height) this.plot.setSize({ width, height });
  }

  draw() {
    this.plot?.destroy();
    const graph = this.graph;
    const painted = layers(graph);
    this.plot = new uPlot(this.options(painted), [places(graph), ...painted.map((layer) => layer.values)], this.holder);
    this.sayNothing();
    this.read(null);
  }

  /** An empty graph says why it is empty: no calls is not the same as none that failed. */
  sayNothing() {
    this.holder.querySelector(".none")?.remove();
    const called = this.graph.calls.some((calls) => calls > 0);
    const drawn = layers(this.graph).some((layer) => layer.values.some((value) => value !== null && value !== 0));
    if (drawn || (called && this.graph.unit !== "share")) return;
    const words = document.createElement("div");
    words.className = "none";
    const none = this.graph.series.some((series) => series.key === "error_share") ? "No failed call" : "None";
    words.textContent = called ? `${none} in this window.` : "No calls in this window.";
    this.holder.append(words);
  }

  /** @param {{series: Series, values: (number | null)[]}[]} painted */
  options(painted) {
    const axis = { stroke: colour("soft"), grid: { stroke: colour("grid"), width: 1 }, font: "12px system-ui", ticks: { show: false } };
    return {
      width: this.holder.clientWidth || 600,
      height: this.holder.clientHeight || 160,
      legend: { show: false },
      padding: [8, 18, 0, 0],
      scales: {
        x: { time: true, range: () => this.span() },
        y: { range: () => [0, topOf(this.graph)] },
      },
      axes: [
        { ...axis, size: 26, space: 64, values: (/** @type {any} */ _, /** @type {number[]} */ at) => this.times(at) },
        { ...axis, size: 54, space: 34, values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((v) => tick(v, this.graph.unit)) },
      ],
      series: [{}, ...painted.map((layer) => this.line(layer.series))],
      cursor: {
        y: false,
        sync: { key: SYNC, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        points: { size: 7 },
      },
      hooks: {
        drawClear: [(/** @type {any} */ u) => this.shade(u)],
        draw: [(/** @type {any} */ u) => this.rule(u)],
        setCursor: [(/** @type {any} */ u) => this.read(u.cursor.left < 0 ? null : u.cursor.idx)],
        setSelect: [(/** @type {any} */ u) => this.selected(u)],
      },
    };
  }

  /** @param {Series} series */
  line(series) {
    const paint = colour(`c-${series.colour}`);
    if (series.role === "stack") {
      return { fill: paint, width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [1, Infinity], align: this.graph.trailing_s === null ? 0 : -1 }) };
    }
    return {
      stroke: paint,
      width: series.role === "judged" ? 1.4 : 1.8,
      spanGaps: false,
      points: { show: true, size: 5, fill: paint, filter: (/** @type {any} */ u, /** @type {number} */ i) => lonely(u.data[i]) },
    };
  }

  /** The ends of the time axis. @returns {[number, number]} */
  span() {
    const { at, step_s } = this.graph;
    return [at[0], at[at.length - 1] + step_s];
  }

  /** Words of the time axis: the time of day, and the date at midnight. @param {number[]} at */
  times(at) {
    return at.map((s) => {
      const midnight = new Date(s * 1000).getHours() === 0 && new Date(s * 1000).getMinutes() === 0;
      if (!midnight) return written(s * 1000, "clock");
      return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }).format(s * 1000);
    });
  }

  /** Lay the incidents behind the curves. @param {any} u */
  shade(u) {
    const { ctx, bbox } = u;
    const [from, to] = this.span();
    ctx.save();
    for (const mark of this.graph.marks) {
      const a = u.valToPos(Math.max(mark.since, from), "x", true);
      const b = u.valToPos(Math.min(mark.until ?? to, to), "x", true);
      if (b <= a) continue;
      ctx.fillStyle = colour("fire-wash");
      ctx.fillRect(a, bbox.top, b - a, bbox.height);
    }
    ctx.restore();
  }

  /** Draw thresholds, usual levels and the moment of firing over the curves. @param {any} u */
  rule(u) {
    const { ctx, bbox } = u;
    const scale = devicePixelRatio;
    const [from, to] = this.span();
    ctx.save();
    ctx.font = `600 ${11 * scale}px system-ui`;
    ctx.lineWidth = 1.5 * scale;
    for (const level of this.graph.levels) {
      const hot = level.kind === "threshold";
      const paint = colour(hot ? "c-threshold" : "c-usual");
      const far = level.value > u.scales.y.max;
      const y = far ? bbox.top : u.valToPos(level.value, "y", true);
      if (!far) {
        ctx.strokeStyle = paint;
        ctx.setLineDash(hot ? [7 * scale, 5 * scale] : [2 * scale, 4 * scale]);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
      }
      const over = level.over_s ? ` over ${length(level.over_s)}` : "";
      const text = `${level.label} ${measured(level.value, this.graph.unit)}${over}${far ? " ↑" : ""}`;
      const below = y - bbox.top < 16 * scale || (!hot && bbox.top + bbox.height - y > 16 * scale);
      this.label(u, text, bbox.left + 5 * scale, y + (below ? 13 : -5) * scale, paint, "left");
    }
    ctx.setLineDash([]);
    for (const mark of this.graph.marks) {
      if (mark.fired < from || mark.fired > to) continue;
      const x = u.valToPos(mark.fired, "x", true);
      ctx.strokeStyle = colour("fire");
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (this.graph.name === "fire") {
        const left = x < bbox.left + bbox.width / 2;
        this.label(u, `fired ${written(mark.fired * 1000, "clock")}`, x + (left ? 5 : -5) * scale, bbox.top + 12 * scale, colour("c-threshold"), left ? "left" : "right");
      }
    }
    ctx.restore();
  }

  /** Write on a ground of the card's colour, so that curves don't run through the words. @param {any} u @param {string} text @param {number} x @param {number} y @param {string} paint @param {CanvasTextAlign} align */
  label(u, text, x, y, paint, align) {
    const { ctx } = u;
    ctx.textAlign = align;
    ctx.lineJoin = "round";
    ctx.save();
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.strokeStyle = colour("card");
    ctx.strokeText(text, x, y);
    ctx.restore();
    ctx.fillStyle = paint;
    ctx.fillText(text, x, y);
  }

  /** @param {any} u */
  selected(u) {
    const { left, width } = u.select;
    if (width < 6) return;
    const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.zoom(from, to);
  }

  /** Write the values at one step into the line above the graph; null: the newest. @param {number | null} index */
  read(index) {
    const line = document.querySelector(`[data-readout="${this.graph.name}"]`);
    if (!line) return;
    const i = index ?? this.graph.latest;
    for (const series of this.graph.series) {
      const cell = line.querySelector(`[data-key="${CSS.escape(series.key)}"]`);
      const text = cell?.querySelector("dd");
      if (!cell || !text) continue;
      const value = series.values[i];
      text.textContent = measured(value, this.graph.unit);
      const part = (series.role === "stack" && this.graph.series.length > 1) || series.colour === "muted";
      cell.toggleAttribute("hidden", part && !value);
    }
    const when = line.querySelector(".when dd");
    if (when) {
      const calls = this.graph.calls[i] ?? 0;
      const { at: starts, step_s, trailing_s, until } = this.graph;
      const at = trailing_s === null ? starts[i] : Math.min(starts[i] + step_s, until);
      const many = calls ? `${count(calls)} calls` : "no calls";
      when.textContent = `${many}, ${trailing_s === null ? "from" : "until"} ${written(at * 1000, step_s >= 3600 ? "moment" : "clock")}`;
    }
  }
}
