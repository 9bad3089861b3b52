/* The view of the Compare page: what it shows beside the parts of every page of raters.
   It has no rules and sends nothing. */

import { keyLabel } from "./compare_keys.js";
import { PairPanels } from "./compare_pair.js";
import { PageView, make } from "./page_view.js";

const CHOICE_TEXT = { model_a: "choose_a", model_b: "choose_b", tie: "choose_tie", both_bad: "choose_both_bad" };

export class View extends PageView {
  /**
   * @param {HTMLElement} root - the skeleton of compare.html
   * @param {import("./compare_memory.js").Display} display - the chosen display
   */
  constructor(root, display) {
    super(root);
    this.choices = [...root.querySelectorAll("[data-choice]")];
    this.panels = new PairPanels(this.parts, display, (key) => this.text(key));
    this.parts["more-tools"].addEventListener("click", () => this.openTools(!this.parts["other-tools"].classList.contains("is-open")));
  }

  setTexts(given) {
    super.setTexts(given);
    this.panels.fit();
  }

  choiceText(choice) {
    return this.text(CHOICE_TEXT[choice] ?? choice);
  }

  /** Show the keys on buttons and in lists. */
  showKeys(keys) {
    for (const element of this.root.querySelectorAll("[data-key]")) element.textContent = keyLabel(keys.keyOf(element.dataset.key));
    for (const element of this.root.querySelectorAll("[data-action]")) element.setAttribute("aria-keyshortcuts", keys.keyOf(element.dataset.action));
  }

  showCampaign(state) {
    super.showCampaign(state);
    this.parts.strength.hidden = state.campaign?.strength === false;
  }

  showProgress(progress, inSession = 0) {
    super.showProgress(progress);
    this.parts.session.textContent = this.text("session", { number: inSession });
    this.parts.session.hidden = inSession === 0;
  }

  /** Show a pair from the top, with the vote that was taken back, if any. */
  showBallot(pair) {
    this.showMain(true);
    this.panels.show(pair);
    this.markChoice(pair.recorded);
    this.root.dataset.token = pair.token;
    this.keepFocus();
  }

  keepFocus() {
    const active = document.activeElement;
    if (active && active !== document.body && active.checkVisibility?.() !== false) return;
    (this.parts.main.hidden ? this.parts.card : this.parts.main).focus({ preventScroll: true });
  }

  /** Mark one vote button as chosen, or none. */
  markChoice(choice) {
    for (const button of this.choices) {
      if (button.dataset.choice === choice) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  }

  /** Say that an old vote is being changed, and offer the way back. */
  showChanging(isChanging) {
    this.parts.changing.hidden = !isChanging;
    this.parts["changing-back"].textContent = this.text("changing_back");
    this.panels.fit();
  }

  openTools(open) {
    this.parts["other-tools"].classList.toggle("is-open", open);
    this.parts["more-tools"].setAttribute("aria-expanded", String(open));
  }

  openDetails(open, isSaid) {
    this.parts.details.hidden = !open;
    this.tools.reasons.setAttribute("aria-expanded", String(open));
    this.tools.reasons.classList.toggle("has-text", isSaid && !open);
  }

  /** `numbers`: headings and values, shown between the text and the actions. */
  showMessage(title, text, actions, numbers = []) {
    this.parts.own.hidden = numbers.length === 0;
    this.parts.own.replaceChildren(...numbers.map(makeNumber));
    super.showMessage(title, text, actions);
  }

  closeDialog(name) {
    this.parts[`${name}-dialog`].close();
  }
}

function makeNumber([name, value]) {
  const box = make("div");
  box.append(make("dt", {}, name), make("dd", {}, value));
  return box;
}
