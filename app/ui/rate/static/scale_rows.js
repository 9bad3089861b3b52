/* The scales under or beside responses: a row for each dimension of each response, with a mark on one row.
   It holds no scores and sends nothing. */

import { make } from "./page_view.js";

export class ScaleRows {
  /**
   * @param {(key: string, fields?: object) => string} text - a text in the reader's language; the key where there is none
   * @param {{dimensions: string[], steps: {value: number, key: string, label: string}[]}} scale
   * @param {{none?: string, action?: string}} keys - the key of "cannot judge", and its action where it can be changed
   */
  constructor(text, scale, { none = "x", action } = {}) {
    Object.assign(this, { text, scale, noneKey: none, noneAction: action });
    this.rows = [];
  }

  /** The scales of one response, with the labels of the steps once above them. */
  makeScores(place, response) {
    const scores = make("div", { class: "rt-scores" });
    scores.append(this.makeLegend(), ...this.scale.dimensions.map((dimension) => this.makeRow(dimension, place, response)));
    return scores;
  }

  /** The labels of the scale, once for all dimensions. */
  makeLegend() {
    const legend = make("p", { class: "rt-legend" });
    for (const { value } of this.scale.steps) {
      const label = this.labelOf(value);
      if (label) legend.append(make("span", {}, this.text("step_label", { value, label })));
    }
    return legend;
  }

  /** The text of a step: the campaign's own, or the reader's language at the ends; empty for the others. */
  labelOf(value) {
    const { steps } = this.scale;
    const step = steps.find((one) => one.value === value);
    if (step.label) return step.label;
    if (value === steps[0].value) return this.text("scale_low");
    return value === steps.at(-1).value ? this.text("scale_high") : "";
  }

  /** The name of a dimension; undefined for one of the campaign's own. */
  known(dimension) {
    const key = `dimension_${dimension}`;
    const name = this.text(key);
    return name === key ? undefined : name;
  }

  makeRow(dimension, place, response) {
    const id = `rt-${place}-${this.rows.length}`;
    const known = this.known(dimension);
    const element = make("div", { class: "rt-row", role: "radiogroup", "aria-label": `${known ?? dimension}, ${response}`, "data-response": String(place), "data-dimension": dimension });
    const name = make("div", { class: "rt-name" });
    name.append(make("span", { id, dir: "auto" }, known ?? dimension));
    if (known) name.append(make("small", { id: `${id}-hint` }, this.text(`dimension_${dimension}_hint`)));
    if (known) element.setAttribute("aria-describedby", `${id}-hint`);
    const steps = make("div", { class: "rt-steps" });
    const buttons = this.scale.steps.map(({ value, key }) => this.makeStep(value, key));
    const none = make("button", { type: "button", class: "rt-none", role: "radio", "aria-checked": "false", tabindex: "-1", "data-value": "none", "aria-keyshortcuts": this.noneKey });
    const cap = make("kbd", { "aria-hidden": "true" }, this.noneKey.toUpperCase());
    if (this.noneAction) none.dataset.action = cap.dataset.key = this.noneAction;
    none.append(make("span", {}, this.text("cannot_judge")), cap);
    steps.append(...buttons);
    element.append(name, steps, none);
    this.rows.push({ element, place, dimension, buttons: [...buttons, none] });
    return element;
  }

  makeStep(value, key) {
    const label = this.labelOf(value);
    const attributes = { type: "button", class: "rt-step", role: "radio", "aria-checked": "false", tabindex: "-1", "data-value": String(value), "aria-keyshortcuts": key };
    const button = make("button", { ...attributes, "aria-label": label ? this.text("step_label", { value, label }) : String(value) });
    if (label) button.title = label;
    button.append(make("span", { "aria-hidden": "true" }, String(value)));
    if (key !== String(value)) button.append(make("kbd", { "aria-hidden": "true" }, key));
    return button;
  }

  /** Show all scores, and which row the keys belong to; returns the number of rows without a score. */
  show(scores, at) {
    this.rows.forEach((row, index) => {
      const given = scores[row.place][row.dimension];
      const value = given === undefined ? undefined : given === null ? "none" : String(given);
      row.element.classList.toggle("is-current", index === at);
      row.element.classList.toggle("is-given", value !== undefined);
      const checked = row.buttons.find((button) => button.dataset.value === value);
      for (const button of row.buttons) {
        button.setAttribute("aria-checked", String(button === checked));
        button.tabIndex = button === (checked ?? row.buttons[0]) ? 0 : -1;
      }
    });
    return this.rows.filter((row) => isOpen(row, scores)).length;
  }

  /** Put the focus on a row, and bring it into view without moving the rest of the page. */
  focus(at) {
    const row = this.rows[at];
    if (!row) return;
    row.buttons.find((button) => button.tabIndex === 0)?.focus({ preventScroll: true });
    row.element.scrollIntoView({ block: "nearest" });
  }

  /** The first row without a score from a place on, and from the top after the last; -1 if every row has one. */
  firstOpen(scores, from = 0) {
    const later = this.rows.findIndex((row, index) => index >= from && isOpen(row, scores));
    return later >= 0 ? later : this.rows.findIndex((row) => isOpen(row, scores));
  }

  /** The scores with another one in a row. `value`: a step, or null for "cannot judge". */
  scored(scores, index, value) {
    const row = this.rows[index];
    return scores.map((one, place) => (place === row.place ? { ...one, [row.dimension]: value } : one));
  }

  /** The row and the value of a pressed button. */
  meaning(button) {
    const index = this.rows.findIndex(({ buttons }) => buttons.includes(button));
    return { index, value: button.dataset.value === "none" ? null : Number(button.dataset.value) };
  }

  /** Move the focus within a row; Space or a click chooses what has it. */
  step(at, by, target) {
    const { buttons } = this.rows[at];
    const index = buttons.indexOf(target.closest("[role=radio]"));
    buttons[Math.min(buttons.length - 1, Math.max(0, index + by))].focus({ preventScroll: true });
  }

  /** The row after a number of rows from a place. */
  moved(at, by) {
    return Math.min(this.rows.length - 1, Math.max(0, at + by));
  }
}

function isOpen({ place, dimension }, scores) {
  return scores[place][dimension] === undefined;
}
