/* What a rater may say beside the choice: how much better a side is, and what decided. Both are optional. */

const SIDES = ["model_a", "model_b"];

export class Details {
  /**
   * @param {HTMLElement} root - the skeleton, with chips that carry data-strength or data-reason
   * @param {(change: object) => void} changed - is told what changed: {strength} or {reasons}
   */
  constructor(root, changed) {
    this.strengths = [...root.querySelectorAll("[data-strength]")];
    this.reasons = [...root.querySelectorAll("[data-reason]")];
    this.changed = changed;
    for (const chip of this.strengths) chip.addEventListener("click", () => this.toggleStrength(Number(chip.dataset.strength)));
    for (const chip of this.reasons) chip.addEventListener("click", () => this.toggleReason(chip.dataset.reason));
  }

  /** Show what was said about the pair on screen. */
  show({ strength = null, reasons = [] }) {
    this.strength = strength;
    this.chosen = [...reasons];
    for (const chip of this.strengths) chip.setAttribute("aria-pressed", String(Number(chip.dataset.strength) === strength));
    for (const chip of this.reasons) chip.setAttribute("aria-pressed", String(this.chosen.includes(chip.dataset.reason)));
  }

  toggleStrength(value) {
    this.show({ strength: this.strength === value ? null : value, reasons: this.chosen });
    this.changed({ strength: this.strength });
  }

  toggleReason(reason) {
    const rest = this.chosen.filter((one) => one !== reason);
    this.show({ strength: this.strength, reasons: rest.length < this.chosen.length ? rest : [...rest, reason] });
    this.changed({ reasons: this.chosen });
  }

  /** Whether an action belongs to a chip; if so, it is carried out. */
  act(action) {
    const strength = this.strengths[0].closest("[data-part=strength]").hidden ? undefined : { slight: 1, much: 2 }[action];
    if (strength !== undefined) this.toggleStrength(strength);
    else if (this.reasons.some((chip) => chip.dataset.reason === action)) this.toggleReason(action);
    else return false;
    return true;
  }

  /** The fields of a request for this choice: a strength belongs to a better side only. */
  static fields({ strength = null, reasons = [] }, choice) {
    return { strength: SIDES.includes(choice) ? strength : null, reasons };
  }
}
