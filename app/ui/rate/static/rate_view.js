/* The view of the Rate page: one response or several side by side, and under or beside each the scale of every
   dimension. It has no rules and sends nothing. */

import { PageView, make } from "./page_view.js";
import { ScaleRows } from "./scale_rows.js";

const LETTERS = "ABCDEF";

export class RateView extends PageView {
  /** @param {HTMLElement} root - the skeleton of rate.html */
  constructor(root) {
    super(root);
    this.answers = [];
    this.scales = new ScaleRows((key) => key, { dimensions: [], steps: [] });
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
    this.scales = new ScaleRows((key, fields) => this.text(key, fields), this.scale);
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
    panel.append(heading, answer, this.scales.makeScores(place, name));
    return panel;
  }

  /** The rows of all scales, in the order of the page. */
  get rows() {
    return this.scales.rows;
  }

  /** Show all scores, and which row the keys belong to. */
  showScores(scores, at) {
    const left = this.scales.show(scores, at);
    this.parts.left.textContent = left ? this.text("left", { left }) : "";
    this.parts.send.classList.toggle("is-ready", left === 0);
    this.parts.send.setAttribute("aria-disabled", String(left > 0));
  }

  /** Scroll all responses by a share of their height. */
  scrollAnswers(share) {
    for (const answer of this.parts.panels.querySelectorAll(".ev-answer")) answer.scrollTop += share * answer.clientHeight;
  }
}
