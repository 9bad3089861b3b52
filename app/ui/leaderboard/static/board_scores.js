/* Scores of single responses on the Leaderboard page: a table for each dimension with the distribution of its steps, the
   means by category, and people beside judges. */

import { grid, legend, shaded } from "./board_figures.js";
import { h } from "./board_parts.js";

export class Scores {
  constructor(page, scores) {
    this.page = page;
    this.scores = scores;
  }

  section() {
    const { title, text, dimensions, sides } = this.scores;
    return h("section", { class: "b-section" },
      h("h3", { class: "ui-title" }, title),
      h("p", { class: "ui-lead" }, text),
      ...dimensions.flatMap((dimension) => this.dimension(dimension)),
      ...(sides ? this.sides(sides) : []));
  }

  dimension({ name, lines, groups, cells }) {
    const { headings, by_category: byCategory } = this.scores;
    const most = Math.max(1, ...lines.flatMap(({ steps }) => steps.map(({ n }) => n)));
    const rows = lines.map(({ model, scores, mean, interval, satisfied, cannot_judge: unjudged, steps }) =>
      h("tr", {},
        h("th", { scope: "row", dir: "auto" }, model),
        h("td", { class: "is-number" }, scores.toLocaleString("en-US")),
        h("td", { class: "is-number" }, mean, interval ? h("small", { class: "b-ends" }, ` ${interval}`) : null),
        h("td", { class: "is-number" }, satisfied),
        h("td", { class: "is-number" }, unjudged.toLocaleString("en-US")),
        h("td", {}, distribution(steps, most))));
    const isSplit = groups.length > 1;
    return [
      h("h4", { dir: "auto" }, name),
      plainTable(name, headings, rows),
      isSplit ? h("p", { class: "ui-lead" }, byCategory) : null,
      isSplit ? grid(`${name}: ${byCategory}`, this.page, lines.map(({ model }) => model), groups, (row, column) => this.cell(lines[row], groups[column], cells[row][column])) : null,
      isSplit ? legend(["0", "100"], ["transparent", "var(--ev-much)"]) : null,
    ].filter(Boolean);
  }

  cell({ model }, group, found) {
    if (found === null) return h("td");
    const value = found.mean.toFixed(0);
    return shaded("much", found.mean / 100, `${model}, ${group}: ${found.mean.toFixed(1)} (${found.n})`, value);
  }

  sides({ title, headings, lines }) {
    const rows = lines.map(({ model, dimension, values }) =>
      h("tr", {}, h("th", { scope: "row", dir: "auto" }, model), h("td", { dir: "auto" }, dimension), ...values.map((value) => h("td", { class: "is-number" }, value))));
    return [h("h4", {}, title), plainTable(title, headings, rows, 2)];
  }
}

/** A table with words in its first columns and numbers in the others. */
function plainTable(name, headings, rows, words = 1) {
  const head = headings.map((text, place) => h("th", { scope: "col", class: place < words || place === 5 ? "" : "is-number" }, text));
  return h("div", { class: "ui-table", role: "region", tabindex: "0", "aria-label": name },
    h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)));
}

/** The number of scores at each step, from low to high, as bars with their numbers for those who do not see them. */
function distribution(steps, most) {
  if (!steps.length) return "–";
  const words = steps.map(({ share, n }) => `${Math.round(100 * share)} %: ${n}`).join(", ");
  const bars = steps.map(({ share, n }) => h("i", { style: `left:${(100 * share).toFixed(1)}%;height:${((100 * n) / most).toFixed(0)}%` }));
  return h("span", { class: "b-steps", role: "img", "aria-label": words, "data-tip": words }, ...bars);
}
