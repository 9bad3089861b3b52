/* The view of the Rate page: one response or several side by side, and under or beside each the scale of every
   dimension. It has no rules and sends nothing. */

import { BallotPanels } from "./ballot_panels.js";
import { BallotView } from "./ballot_view.js";
import { make } from "./page_view.js";
import { ScaleRows } from "./scale_rows.js";

const LETTERS = "ABCDEF";

export class RateView extends BallotView {
  /**
   * @param {HTMLElement} root - the skeleton of rate.html
   * @param {import("./compare_memory.js").Display} display - the chosen display
   * @param {import("./compare_keys.js").Keys} keys - the keys of all actions
   */
  constructor(root, display, keys) {
    super(root);
    this.keys = keys;
    this.panels = new BallotPanels(this.parts, display, (key, fields) => this.text(key, fields), { share: 0.22, leastPanels: 320 });
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
    const isAlone = ballot.responses.length === 1;
    const none = { none: this.keys.keyOf("cannot_judge"), action: "cannot_judge" };
    this.scales = new ScaleRows((key, fields) => this.text(key, fields), this.scale, none);
    this.parts.panels.replaceChildren(...ballot.responses.map((_, place) => this.makePanel(place, isAlone)));
    this.panels.setAnswers([...this.parts.panels.querySelectorAll(".ev-answer")]);
    this.panels.show(ballot);
    this.root.dataset.token = ballot.token;
  }

  makePanel(place, isAlone) {
    const name = isAlone ? this.text("response") : this.text("response_letter", { letter: LETTERS[place] });
    const panel = make("section", { class: "ev-panel rt-panel", "aria-label": name });
    const heading = make("h2", { class: "ev-label", "aria-hidden": "true" });
    if (isAlone) heading.textContent = name;
    else heading.append(make("b", { class: "rt-letter" }, LETTERS[place]));
    const answer = make("div", { class: "ev-content ev-answer", role: "group", "aria-label": name, tabindex: "0" });
    panel.append(heading, answer, this.scales.makeScores(place, name));
    return panel;
  }

  /** The page puts the focus on a row; here only a message has it. */
  keepFocus() {
    if (this.parts.main.hidden) super.keepFocus();
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

  /** A response that stands alone is identical to no other. */
  skipReasons() {
    return super.skipReasons().filter((reason) => reason !== "identical" || this.parts.panels.children.length > 1);
  }

  /** Scroll all responses by a share of their height. */
  scrollAnswers(share) {
    for (const answer of this.parts.panels.querySelectorAll(".ev-answer")) answer.scrollTop += share * answer.clientHeight;
  }
}
