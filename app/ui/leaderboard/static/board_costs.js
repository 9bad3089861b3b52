/* Ratings against what a response costs: one measure at a time, each model a named point with its interval. */

import { shortened, spread, svg } from "./board_figures.js";
import { choiceChips, h, ticks } from "./board_parts.js";

const LETTER = 7;
const MOST_MOVED = 12;

export class Costs {
  constructor(page, costs) {
    this.page = page;
    this.costs = costs;
    this.box = h("div", {});
  }

  section() {
    const { page, costs } = this;
    const choose = (key) => {
      page.costKey = key;
      page.draw();
    };
    return h("section", { class: "b-section b-history b-costs" },
      h("h3", { class: "ui-title" }, costs.title),
      h("p", { class: "ui-lead" }, costs.text),
      choiceChips(page.say("cost"), costs.axes, { chosen: this.axis().key, prefix: "cost", choose }),
      this.box);
  }

  axis() {
    return this.costs.axes.find(({ key }) => key === this.page.costKey) ?? this.costs.axes[0];
  }

  draw() {
    const { key, title } = this.axis();
    const points = this.costs.points.filter(({ values }) => values[key] !== null);
    const width = this.box.clientWidth;
    if (!width || !points.length) return;
    const height = Math.min(380, Math.max(280, width * 0.4));
    const room = { left: 44, right: 16, top: 28, bottom: 48 };
    const ends = points.flatMap(({ rating, lower, upper }) => [rating, lower ?? rating, upper ?? rating]);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const pad = 0.06 * (high - low) || 10;
    const most = 1.08 * Math.max(...points.map(({ values }) => values[key])) || 1;
    const px = (value) => room.left + ((width - room.left - room.right) * value) / most;
    const py = (value) => height - room.bottom - ((height - room.top - room.bottom) * (value - low + pad)) / (high - low + 2 * pad);
    const parts = [];
    for (const tick of ticks(low - pad, high + pad, 5)) {
      parts.push(svg("line", { x1: room.left, x2: width - room.right, y1: py(tick), y2: py(tick) }));
      parts.push(svg("text", { x: room.left - 8, y: py(tick) + 4, "text-anchor": "end" }, `${tick}`));
    }
    for (const tick of ticks(0, most, width < 480 ? 3 : 5)) {
      parts.push(svg("text", { x: px(tick), y: height - room.bottom + 18, "text-anchor": "middle" }, tick.toLocaleString("en-US")));
    }
    parts.push(svg("text", { x: 0, y: 12 }, this.costs.y));
    parts.push(svg("text", { x: width - room.right, y: height - 6, "text-anchor": "end" }, title));
    const heights = points.map(({ rating }) => py(rating));
    const places = points.length > MOST_MOVED ? heights : spread(heights, 16);
    points.forEach(({ model, rating, lower, upper, values }, at) => {
      const [x, y] = [px(values[key]), py(rating)];
      parts.push(svg("line", { class: "b-whisker", x1: x, x2: x, y1: py(lower ?? rating), y2: py(upper ?? rating) }));
      parts.push(svg("circle", { cx: x, cy: y, r: 5 }, svg("title", {}, `${model}: ${Math.round(rating)}; ${title} ${number(values[key])}`)));
      const isRight = x > room.left + (width - room.left - room.right) / 2;
      const longest = Math.floor((isRight ? x - room.left : width - x) / LETTER) - 2;
      const label = { class: "b-end", x: isRight ? x - 10 : x + 10, y: places[at] + 4, "text-anchor": isRight ? "end" : "start" };
      parts.push(svg("text", label, shortened(model, Math.max(longest, 8))));
    });
    const said = points.map(({ model, rating, values }) => `${model}: ${Math.round(rating)}, ${number(values[key])}`).join("; ");
    this.box.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${this.costs.title} (${title}). ${said}` }, ...parts));
  }
}

function number(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : `${Number(value.toPrecision(3))}`;
}
