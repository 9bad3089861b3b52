/* The view of the Rate page: one response or several side by side, and under or beside each the scale of every
   dimension. It has no rules and sends nothing. */

import { PageView, make } from "./page_view.js";

const LETTERS = "ABCDEF";

export class RateView extends PageView {
  /** @param {HTMLElement} root - the skeleton of rate.html */
  constructor(root) {
    super(root);
    this.answers = [];
    this.rows = [];
  }

  /** Show what belongs to the campaign, with its scale. */
  showCampaign(state) {
    super.showCampaign(state);
    this.scale = state.campaign?.scale ?? { dimensions: [], steps: [] };
    this.root.dataset.layout = state.campaign?.layout ?? "single";
  }

  /** Show a ballot from the top: the question, and each response with its scales. */
  showBallot(ballot) {
    this.showMain(true);
    this.fill(this.parts.question, ballot.question);
    const isAlone = ballot.responses.length === 1;
    this.rows = [];
    this.parts.panels.replaceChildren(...ballot.responses.map((html, place) => this.makePanel(html, place, isAlone)));
    window.scrollTo(0, 0);
    this.root.dataset.token = ballot.token;
  }

  makePanel(html, place, isAlone) {
    const name = isAlone ? this.text("response") : this.text("response_letter", { letter: LETTERS[place] });
    const panel = make("section", { class: "ev-panel rt-panel", "aria-label": name });
    const heading = make("h2", { class: "ev-label", "aria-hidden": "true" });
    if (isAlone) heading.textContent = name;
    else heading.append(make("b", { class: "rt-letter" }, LETTERS[place]));
    const answer = make("div", { class: "ev-content ev-answer", role: "group", "aria-label": name, tabindex: "0" });
    this.fill(answer, html, { empty: this.text("empty_answer") });
    const scores = make("div", { class: "rt-scores" });
    scores.append(this.makeLegend(), ...this.scale.dimensions.map((dimension) => this.makeRow(dimension, place, name)));
    panel.append(heading, answer, scores);
    return panel;
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

  makeRow(dimension, place, response) {
    const id = `rt-${place}-${this.rows.length}`;
    const known = this.texts[`dimension_${dimension}`];
    const element = make("div", { class: "rt-row", role: "radiogroup", "aria-label": `${known ?? dimension}, ${response}`, "data-response": String(place), "data-dimension": dimension });
    const name = make("div", { class: "rt-name" });
    name.append(make("span", { id, dir: "auto" }, known ?? dimension));
    if (known) name.append(make("small", { id: `${id}-hint` }, this.text(`dimension_${dimension}_hint`)));
    if (known) element.setAttribute("aria-describedby", `${id}-hint`);
    const steps = make("div", { class: "rt-steps" });
    const buttons = this.scale.steps.map(({ value, key }) => this.makeStep(value, key));
    const none = make("button", { type: "button", class: "rt-none", role: "radio", "aria-checked": "false", tabindex: "-1", "data-value": "none", "aria-keyshortcuts": "x" });
    none.append(make("span", {}, this.text("cannot_judge")), make("kbd", { "aria-hidden": "true" }, "X"));
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

  /** Show all scores, and which row the keys belong to. */
  showScores(scores, at) {
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
    const left = this.rows.filter(({ place, dimension }) => scores[place][dimension] === undefined).length;
    this.parts.left.textContent = left ? this.text("left", { left }) : "";
    this.parts.send.classList.toggle("is-ready", left === 0);
    this.parts.send.setAttribute("aria-disabled", String(left > 0));
  }

  /** Put the focus on a row, and bring it into view without moving the rest of the page. */
  focusRow(at) {
    const row = this.rows[at];
    if (!row) return;
    row.buttons.find((button) => button.tabIndex === 0)?.focus({ preventScroll: true });
    row.element.scrollIntoView({ block: "nearest" });
  }

  /** Scroll all responses by a share of their height. */
  scrollAnswers(share) {
    for (const answer of this.parts.panels.querySelectorAll(".ev-answer")) answer.scrollTop += share * answer.clientHeight;
  }
}
