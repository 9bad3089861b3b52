/* Figures of the Leaderboard page: heatmaps as tables with named rows, columns and a legend, and lines over time. */

import { choiceChips, h, ticks } from "./board_parts.js";

const SHOWS_NUMBERS = 16;
const WORD_WIDTH = 80;
const NAME_WIDTH = 180;
const SVG = "http://www.w3.org/2000/svg";
const TONES = ["#4a86c5", "#c26a28", "#3a9682", "#b5548f", "#8c7bc9", "#a58b2f", "#5f9ea0", "#c0504d", "#7f7f7f", "#4f9d4f"];

/** Win rates and comparisons of each pair: one heatmap at a time, all of one size. */
export class Matrices {
  constructor(page, matrices) {
    this.page = page;
    this.matrices = matrices;
  }

  section() {
    const { page, matrices } = this;
    const shown = matrices.find(({ key }) => key === page.matrix) ?? matrices[0];
    const choose = (key) => {
      page.matrix = key;
      page.draw();
    };
    return h("section", { class: "b-section" },
      h("h3", { class: "ui-title" }, page.say("pairs")),
      choiceChips(page.say("pairs"), matrices, { chosen: shown.key, prefix: "matrix", choose }),
      h("p", { class: "ui-lead" }, shown.text),
      grid(shown.title, page, shown.names, shown.names, (row, column) => this.cell(shown, row, column)),
      legend(shown.ends, shown.is_amount ? ["transparent", "var(--ev-much)"] : ["var(--ev-loses)", "var(--ev-wins)"]),
    );
  }

  cell({ names, shares, texts, is_amount: isAmount }, row, column) {
    const share = shares[row][column];
    if (share === null) return h("td");
    const [tone, depth] = isAmount ? ["much", share] : share < 0.5 ? ["loses", 1 - 2 * share] : ["wins", 2 * share - 1];
    const tip = this.page.say("cell", { row: names[row], column: names[column], value: texts[row][column] });
    return shaded(tone, depth, tip, texts[row][column]);
  }
}

/** Ranks of each model in each category. */
export class Slices {
  constructor(page, slices) {
    this.page = page;
    this.slices = slices;
  }

  section() {
    const { page, slices } = this;
    const { title, text, models, columns } = slices;
    const heading = [h("h3", { class: "ui-title" }, title), h("p", { class: "ui-lead" }, text)];
    if (!columns.length) return h("section", { class: "b-section" }, ...heading);
    const names = columns.map(({ name }) => name);
    return h("section", { class: "b-section" }, ...heading,
      grid(title, page, models, names, (row, column) => this.cell(row, column)),
      legend([page.say("first_rank"), page.say("last_rank", { n: models.length })], ["var(--ev-much)", "transparent"]));
  }

  cell(row, column) {
    const { models, columns, cells } = this.slices;
    const { rank, mark, battles } = cells[row][column];
    if (rank === null) return h("td");
    const depth = models.length > 1 ? 1 - (rank - 1) / (models.length - 1) : 1;
    const words = mark ? this.page.say(`mark_${mark}`) : "";
    const said = this.page.say("rank_cell", { model: models[row], name: columns[column].name, rank, n: battles });
    const sign = mark ? h("small", {}, mark === "up" ? " ▲" : " ▼", h("span", { class: "ui-hidden" }, words)) : null;
    return shaded("much", Math.max(0, depth), words ? `${said}; ${words}` : said, `${rank}`, sign);
  }
}

/** Ratings over the number of comparisons, each line with its name at its end. */
export class History {
  constructor(page, history) {
    this.page = page;
    this.history = history;
    this.box = h("div", {});
  }

  section() {
    const { title, text } = this.history;
    return h("section", { class: "b-section b-history" }, h("h3", { class: "ui-title" }, title), h("p", { class: "ui-lead" }, text), this.box);
  }

  draw() {
    const { battles, lines, x: xTitle, y: yTitle } = this.history;
    const width = this.box.clientWidth;
    const known = lines.flatMap(({ ratings }) => ratings).filter((rating) => rating !== null);
    if (!width || !known.length) return;
    const names = Math.min(160, width * 0.34);
    const room = { left: 44, right: names, top: 24, bottom: 44 };
    const height = Math.min(380, Math.max(260, width * 0.4));
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const pad = 0.08 * (high - low) || 10;
    const px = (value) => room.left + ((width - room.left - room.right) * value) / battles.at(-1);
    const py = (value) => height - room.bottom - ((height - room.top - room.bottom) * (value - low + pad)) / (high - low + 2 * pad);
    const parts = [];
    for (const tick of ticks(low - pad, high + pad, 5)) {
      parts.push(svg("line", { x1: room.left, x2: width - room.right, y1: py(tick), y2: py(tick) }));
      parts.push(svg("text", { x: room.left - 8, y: py(tick) + 4, "text-anchor": "end" }, `${tick}`));
    }
    for (const tick of ticks(0, battles.at(-1), 4)) parts.push(svg("text", { x: px(tick), y: height - room.bottom + 18, "text-anchor": "middle" }, tick.toLocaleString("en-US")));
    parts.push(svg("text", { x: 0, y: 12 }, yTitle));
    parts.push(svg("text", { x: width - room.right, y: height - 6, "text-anchor": "end" }, xTitle));
    const ends = spread(lines.map(({ ratings }) => py(ratings.findLast((rating) => rating !== null) ?? low)), 16);
    lines.forEach(({ model, ratings }, place) => {
      const tone = TONES[place % TONES.length];
      const points = ratings.map((rating, at) => (rating === null ? null : `${px(battles[at]).toFixed(1)},${py(rating).toFixed(1)}`)).filter(Boolean);
      parts.push(svg("path", { d: `M${points.join("L")}`, stroke: tone, "stroke-dasharray": place % 2 ? "6 4" : "none" }));
      parts.push(svg("circle", { cx: px(battles.at(-1)), cy: points.at(-1).split(",")[1], r: 4, fill: tone }));
      parts.push(svg("text", { class: "b-end", x: width - room.right + 10, y: ends[place] + 4 }, shortened(model, Math.floor(names / 8))));
    });
    const last = lines.map(({ model, ratings }) => `${model}: ${Math.round(ratings.at(-1) ?? NaN)}`).join(", ");
    this.box.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${this.history.title}. ${last}` }, ...parts));
  }
}

/** A heatmap as a table that scrolls within the page. */
export function grid(title, page, rows, columns, cell) {
  const fits = NAME_WIDTH + columns.length * WORD_WIDTH < Math.max(page.root.clientWidth, 560);
  const crowd = columns.length > SHOWS_NUMBERS ? " is-many is-crowded" : fits ? "" : " is-many";
  const head = h("tr", {}, h("td", {}, h("span", { class: "ui-hidden" }, page.say("row"))), ...columns.map((name) => h("th", { scope: "col" }, h("span", { dir: "auto" }, name))));
  const body = rows.map((name, row) => h("tr", {}, h("th", { scope: "row", dir: "auto" }, name), ...columns.map((_, column) => cell(row, column))));
  return h("div", { class: `b-grid${crowd}`, role: "region", tabindex: "0", "aria-label": title },
    h("table", {}, h("thead", {}, head), h("tbody", {}, ...body)));
}

export function shaded(tone, depth, tip, ...content) {
  return h("td", { class: "is-shaded", style: `--b-tone:var(--ev-${tone});--b-share:${depth.toFixed(3)}`, "data-tip": tip }, ...content);
}

/** The scale of a heatmap with its ends in words, as pale as its cells. */
export function legend([from, to], [low, high]) {
  const pale = (tone) => (tone === "transparent" ? tone : `color-mix(in srgb, ${tone} 50%, transparent)`);
  const middle = low === "transparent" ? "" : ";--ui-middle:transparent";
  return h("p", { class: "ui-legend" }, from, h("i", { style: `--ui-from:${pale(low)};--ui-to:${pale(high)}${middle}` }), to);
}

export function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Places of labels, moved apart so that none covers another. */
export function spread(places, gap) {
  const order = places.map((_, at) => at).sort((one, other) => places[one] - places[other]);
  const moved = [...places];
  order.forEach((at, rank) => {
    if (rank) moved[at] = Math.max(moved[at], moved[order[rank - 1]] + gap);
  });
  return moved;
}

export function shortened(name, longest) {
  return name.length <= longest ? name : `${name.slice(0, Math.ceil(longest * 0.6) - 1)}…${name.slice(-Math.floor(longest * 0.4))}`;
}
