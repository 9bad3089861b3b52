/* What a page of ballots shows beside the parts of every page of raters: chosen keys, more tools, an old answer that is
   being changed, the rater's own numbers. Its class makes `panels`, with what the ballot shows. */

import { keyLabel } from "./compare_keys.js";
import { PageView, make } from "./page_view.js";
import { Zoom } from "./zoom.js";

export class BallotView extends PageView {
  /** @param {HTMLElement} root - the skeleton of a page; its parts have names */
  constructor(root) {
    super(root);
    this.zoom = new Zoom(this, () => this.zoomKey);
    this.zoomKey = "z";
    this.parts["more-tools"].addEventListener("click", () => this.openTools(!this.parts["other-tools"].classList.contains("is-open")));
  }

  setTexts(given) {
    super.setTexts(given);
    this.panels.fit();
  }

  /** Show the keys on buttons and in lists. */
  showKeys(keys) {
    this.zoomKey = keys.keyOf("zoom");
    for (const element of this.root.querySelectorAll("[data-key]")) element.textContent = keyLabel(keys.keyOf(element.dataset.key));
    for (const element of this.root.querySelectorAll("[data-action]")) element.setAttribute("aria-keyshortcuts", keys.keyOf(element.dataset.action));
  }

  /** `inSession`: the answers of this tab, shown when there are any. */
  showProgress(progress, inSession = 0) {
    super.showProgress(progress);
    this.parts.session.textContent = this.text("session", { number: inSession });
    this.parts.session.hidden = inSession === 0;
  }

  openTools(open) {
    this.parts["other-tools"].classList.toggle("is-open", open);
    this.parts["more-tools"].setAttribute("aria-expanded", String(open));
  }

  /** Say that an old answer is being changed, and offer the way back. */
  showChanging(isChanging) {
    this.parts.changing.hidden = !isChanging;
    this.parts["changing-back"].textContent = this.text("changing_back");
    this.panels.fit();
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

  /** Put the focus into the page when what had it is gone. */
  keepFocus() {
    const active = document.activeElement;
    if (active && active !== document.body && active.checkVisibility?.() !== false) return;
    (this.parts.main.hidden ? this.parts.card : this.parts.main).focus({ preventScroll: true });
  }
}

function makeNumber([name, value]) {
  const box = make("div");
  box.append(make("dt", {}, name), make("dd", {}, value));
  return box;
}
