/* The view of the Compare page: what it shows beside the parts of every page of raters.
   It has no rules and sends nothing. */

import { BallotPanels } from "./ballot_panels.js";
import { BallotView } from "./ballot_view.js";

const CHOICE_TEXT = { model_a: "choose_a", model_b: "choose_b", tie: "choose_tie", both_bad: "choose_both_bad" };

export class View extends BallotView {
  /**
   * @param {HTMLElement} root - the skeleton of compare.html
   * @param {import("./compare_memory.js").Display} display - the chosen display
   */
  constructor(root, display) {
    super(root);
    this.choices = [...root.querySelectorAll("[data-choice]")];
    this.panels = new BallotPanels(this.parts, display, (key, fields) => this.text(key, fields));
    this.panels.setAnswers([this.parts.left, this.parts.right]);
  }

  choiceText(choice) {
    return this.text(CHOICE_TEXT[choice] ?? choice);
  }

  showCampaign(state) {
    super.showCampaign(state);
    this.parts.strength.hidden = state.campaign?.strength === false;
  }

  /** Show a pair from the top, with the vote that was taken back, if any. */
  showBallot(pair) {
    this.showMain(true);
    this.panels.show(pair);
    this.markChoice(pair.recorded);
    this.root.dataset.token = pair.token;
    this.keepFocus();
  }

  /** Mark one vote button as chosen, or none. */
  markChoice(choice) {
    for (const button of this.choices) {
      if (button.dataset.choice === choice) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  }

  openDetails(open, isSaid) {
    this.parts.details.hidden = !open;
    this.tools.reasons.setAttribute("aria-expanded", String(open));
    this.tools.reasons.classList.toggle("has-text", isSaid && !open);
  }
}
