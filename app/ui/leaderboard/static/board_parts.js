/* Parts of the Leaderboard page: elements, tooltips, filters and the table. Texts become text nodes, never markup. */

const SHORT_NAME = 24;

/** Make an element; null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Make a button. */
export function button(text, act, attributes = {}) {
  const made = h("button", { type: "button", class: "ui-button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

/** Chips of which one is pressed: `choices` have `key` and `title`; `prefix` keeps the focus when the page is drawn anew. */
export function choiceChips(name, choices, { chosen, prefix, choose }) {
  const chips = choices.map(({ key, title }) =>
    button(title, () => choose(key), { class: "ui-chip", "aria-pressed": `${key === chosen}`, "data-focus": `${prefix}-${key}` }));
  return h("div", { class: "b-chips", role: "group", "aria-label": name }, ...chips);
}

/* --- tooltips --------------------------------------------------------------------------------------------- */

/** One tooltip for everything with data-tip: on hover and on focus, gone with Escape. */
export class Tips {
  constructor(root) {
    this.tip = h("div", { class: "b-tip", "aria-hidden": "true", hidden: "" });
    root.append(this.tip);
    root.addEventListener("pointerover", (event) => this.show(event.target.closest("[data-tip]")));
    root.addEventListener("focusin", (event) => this.show(event.target.closest("[data-tip]")));
    root.addEventListener("pointerleave", () => this.show(null));
    root.addEventListener("focusout", () => this.show(null));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.show(null));
    document.addEventListener("scroll", () => this.show(null), true);
  }

  show(target) {
    const { tip } = this;
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const box = target.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8));
    const isBelow = box.top < tip.offsetHeight + 16;
    tip.style.left = `${left}px`;
    tip.style.top = `${isBelow ? box.bottom + 8 : box.top - tip.offsetHeight - 8}px`;
  }
}

/* --- filters ---------------------------------------------------------------------------------------------- */

/** The filters: native controls, made anew only when their choices change. */
export class Filters {
  constructor(form, changed, say) {
    this.form = form;
    this.made = "";
    this.say = say;
    this.isOpen = false;
    form.addEventListener("change", changed);
  }

  show(controls) {
    const made = JSON.stringify(controls.map(({ name, label, options }) => [name, label, options]));
    if (made !== this.made) {
      const focused = this.form.contains(document.activeElement) ? document.activeElement.name : null;
      this.form.replaceChildren(...controls.map((control) => (control.name === "by" ? segments(control) : choice(control))), this.opener());
      this.made = made;
      this.form.hidden = false;
      controls.forEach((control) => this.set(control));
      if (focused) this.focus(focused);
    } else controls.forEach((control) => this.set(control));
    this.count(controls);
  }

  /** The button that narrow pages show in place of all filters but the first. */
  opener() {
    this.more = button("", () => this.open(!this.isOpen), { class: "ui-button b-more-filters" });
    this.open(this.isOpen);
    return this.more;
  }

  open(isOpen) {
    this.isOpen = isOpen;
    this.form.toggleAttribute("data-open", isOpen);
    this.more.setAttribute("aria-expanded", `${isOpen}`);
  }

  /** Tell on the button how many of the filters that it hides are set. */
  count(controls) {
    const set = controls.filter(({ name, value }) => value && !["by", "method"].includes(name)).length;
    this.more.textContent = set ? `${this.say("filters")} · ${set}` : this.say("filters");
  }

  set({ name, value }) {
    const found = this.form.elements[name];
    if (found) found.value = value;
  }

  focus(name = "by") {
    const found = [...this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    (found.find((one) => one.checked) ?? found[0])?.focus();
  }

  /** The chosen values as a query; `names` restricts it. */
  query(names = null) {
    const entries = [...new FormData(this.form)].filter(([name, value]) => value && (!names || names.includes(name)));
    return new URLSearchParams(entries).toString();
  }
}

function segments({ name, label, options }) {
  const labels = options.map(([text, value]) => h("label", {}, h("input", { type: "radio", name, value }), text));
  return h("div", { class: "ui-field b-wide", role: "radiogroup", "aria-label": label },
    h("span", { class: "ui-name", "aria-hidden": "true" }, label), h("div", { class: "b-segments" }, ...labels));
}

function choice({ name, label, options }) {
  const id = `ev-board-${name}`;
  return h("div", { class: "ui-field" }, h("label", { for: id }, label),
    h("select", { id, name, class: "ui-select" }, ...options.map(([text, value]) => h("option", { value }, text))));
}

/* --- the table -------------------------------------------------------------------------------------------- */

/** The table: a body for each group of comparable models, sorted within it. Phones show its rows as cards by
    `display: grid`, which takes the meaning of a table away in Safari, so all of it has roles. */
export function table(page, board) {
  const scale = scaleOf(board.groups.flatMap(({ rows }) => rows));
  const bodies = board.groups.map(({ title, rows }) =>
    h("tbody", { role: "rowgroup" },
      title ? h("tr", { class: "b-group", role: "row" }, h("th", { colspan: board.columns.length, scope: "rowgroup", role: "rowheader" }, title)) : null,
      ...sorted(rows, page.sort).map((row) => tableRow(page, board, row, scale))));
  const head = h("tr", { role: "row" }, ...board.columns.map((column) => heading(page, board, column, scale)));
  return h("div", { class: "ui-table is-wide", role: "region", tabindex: "0", "aria-label": board.answer.title, "data-focus": "table" },
    h("table", { role: "table" }, h("thead", { role: "rowgroup" }, head), ...bodies));
}

function heading(page, board, column, scale) {
  const { key, heading: text, why, minor } = column;
  const { sort } = page;
  const direction = sort.key !== key ? "none" : sort.down ? "descending" : "ascending";
  const mark = h("i", { "aria-hidden": "true" }, { none: "", descending: "▼", ascending: "▲" }[direction]);
  const press = h("button", { type: "button", class: "b-sort", "data-focus": `sort-${key}`, "data-tip": why, "aria-describedby": `ev-why-${key}` }, text, mark);
  press.addEventListener("click", () => {
    // Names and ranks begin with the first, numbers with the largest; a third press is the order of the board.
    const isFirstDown = column.kind === "number";
    if (sort.key !== key) page.sort = { key, down: isFirstDown };
    else page.sort = sort.down === isFirstDown ? { key, down: !isFirstDown } : { key: null, down: false };
    page.draw();
    const { key: by, down } = page.sort;
    page.parts.said.textContent = by ? page.say(down ? "sorted_down" : "sorted_up", { column: text }) : "";
  });
  const axis = key === "interval" && scale ? h("div", { class: "b-line", "aria-hidden": "true" },
    h("div", { class: "b-axis" }, ...scale.ticks.map((tick) => h("span", { style: `left:${scale.at(tick)}%` }, `${tick}`))), h("span")) : null;
  return h("th", { scope: "col", role: "columnheader", class: classes(column), "aria-sort": direction }, press, axis);
}

function tableRow(page, board, row, scale) {
  const isBest = board.answer.is_certain && row === board.groups[0].rows[0];
  return h("tr", { class: isBest ? "b-best" : null, role: "row" }, ...board.columns.map((column) => {
    const text = row.cells[column.key];
    if (column.kind === "name") {
      const badge = row.provisional ? h("span", { class: "ui-badge" }, page.say("provisional")) : null;
      return h("th", { scope: "row", role: "rowheader" }, h("span", { class: `b-model${text.length <= SHORT_NAME ? " is-short" : ""}`, dir: "auto" }, text), badge);
    }
    const cell = { class: column.kind === "rank" ? "b-rank" : classes(column), role: "cell", "data-label": column.heading };
    return h("td", cell, column.key === "interval" ? line(row, text, scale) : text);
  }));
}

/** A rating with its interval on the scale of the heading; an open end fades out. */
function line(row, text, scale) {
  const parts = [];
  if (scale && row.rating !== null) {
    parts.push(...scale.ticks.map((tick) => h("s", { style: `left:${scale.at(tick)}%` })));
    const [isOpenLow, isOpenHigh] = row.open;
    if (row.lower !== null || row.upper !== null || isOpenLow || isOpenHigh) {
      const low = isOpenLow ? 0 : scale.at(row.lower ?? row.rating);
      const high = isOpenHigh ? 100 : scale.at(row.upper ?? row.rating);
      const open = `${isOpenLow ? "is-open-left " : ""}${isOpenHigh ? "is-open-right" : ""}`;
      parts.push(h("i", { class: open, style: `left:${low}%;width:${high - low}%` }));
    }
    parts.push(h("b", { class: row.provisional ? "is-hollow" : "", style: `left:${scale.at(row.rating)}%` }));
  }
  return h("div", { class: "b-line" }, h("div", { class: "b-track", "aria-hidden": "true" }, ...parts), h("span", {}, text));
}

/** The common scale of all intervals, in percent of the width, with round ticks; null without a rating. */
export function scaleOf(rows) {
  const known = rows.flatMap(({ rating, lower, upper }) => [rating, lower, upper]).filter((value) => value !== null);
  if (!known.length) return null;
  const pad = 0.06 * (Math.max(...known) - Math.min(...known)) || 10;
  const [low, high] = [Math.min(...known) - pad, Math.max(...known) + pad];
  return { low, high, at: (value) => Number(((100 * (value - low)) / (high - low)).toFixed(2)), ticks: ticks(low, high, 5) };
}

/** About `wanted` round numbers between two ends. */
export function ticks(low, high, wanted) {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) found.push(Number(tick.toPrecision(6)));
  return found;
}

/** Rows by the value of a column, unknown ones last; in the order of the board without a key. */
export function sorted(rows, { key, down }) {
  if (key === null) return rows;
  const of = ({ values, rating }) => (key === "interval" ? rating : values[key]);
  const compare = (one, other) => (typeof one === "string" ? one.localeCompare(other) : one - other);
  return [...rows].sort((one, other) => {
    const [a, b] = [of(one), of(other)];
    if (a === null || b === null) return (a === null) - (b === null);
    return down ? compare(b, a) : compare(a, b);
  });
}

function classes({ key, kind, minor }) {
  const names = [kind === "number" && key !== "interval" ? "is-number" : "", minor ? "is-minor" : "", key === "rating" ? "b-rating" : ""].filter(Boolean);
  return names.length ? names.join(" ") : null;
}
