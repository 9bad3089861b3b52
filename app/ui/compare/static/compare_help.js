/* The help dialog: every key with what it does; a key is changed by pressing it and then the new one. */

import { keyLabel } from "./compare_keys.js";

/** The text of an action, where it differs from the key `key_ACTION`. */
const TEXTS = {
  model_a: "choose_a", model_b: "choose_b", tie: "choose_tie", both_bad: "choose_both_bad",
  slight: "strength_1", much: "strength_2",
};

export class HelpDialog {
  /**
   * @param {import("./compare_view.js").View} view
   * @param {import("./compare_keys.js").Keys} keys
   * @param {{names?: Object<string, string>, first?: [string[], string][], fixed?: [string[], string][]}} words - the texts of actions that are not
   *   called `key_ACTION`; and keys that cannot be changed, with their text: before those that can, and after them
   */
  constructor(view, keys, { names = TEXTS, first = [], fixed = [[["↑", "↓"], "help_scroll"]] } = {}) {
    Object.assign(this, { view, keys, names, first, fixed });
    this.listening = null;
    view.parts["key-reset"].addEventListener("click", () => {
      keys.reset();
      this.view.showKeys(keys);
      this.fill();
      this.say("key_was_reset");
    });
    view.parts["help-dialog"].addEventListener("keydown", (event) => this.listen(event), { capture: true });
  }

  fill() {
    this.listening = null;
    this.say("key_hint");
    this.view.parts["key-list"].replaceChildren(
      ...this.first.map(([keys, text]) => this.makeFixedRow(keys, text)),
      ...Object.keys(this.keys.defaults).filter((action) => this.applies(action)).map((action) => this.makeRow(action)),
      ...this.fixed.map(([keys, text]) => this.makeFixedRow(keys, text)),
    );
  }

  /** Whether an action does anything on the ballots of this page: some need two responses, or images. */
  applies(action) {
    if (action === "zoom") return this.view.root.querySelector("[data-part=zoom-button]:not([hidden]), .ev-pictures:not([hidden])") !== null;
    return this.view.panels.canShow(action);
  }

  makeRow(action) {
    const row = document.createElement("div");
    const button = document.createElement("button");
    const name = this.nameOf(action);
    button.type = "button";
    button.dataset.rebind = action;
    button.append(makeKey(keyLabel(this.keys.keyOf(action))));
    button.setAttribute("aria-label", this.view.text("key_change", { action: name, key: keyLabel(this.keys.keyOf(action)) }));
    button.addEventListener("click", () => this.start(action, button));
    const words = document.createElement("span");
    words.textContent = name;
    row.append(button, words);
    return row;
  }

  makeFixedRow(keys, text) {
    const row = document.createElement("div");
    const box = document.createElement("span");
    const words = document.createElement("span");
    box.append(...keys.map(makeKey));
    words.textContent = this.view.text(text);
    row.append(box, words);
    return row;
  }

  nameOf(action) {
    if (this.view.texts[`reason_${action}`]) return this.view.text("key_reason", { reason: this.view.text(`reason_${action}`) });
    return this.view.text(this.names[action] ?? `key_${action}`);
  }

  start(action, button) {
    this.stop();
    this.listening = { action, button };
    button.classList.add("is-listening");
    this.say("key_press", { action: this.nameOf(action) });
  }

  stop() {
    this.listening?.button.classList.remove("is-listening");
    this.listening = null;
  }

  /** Take the next key as the new one; Escape and Tab end the wait. */
  listen(event) {
    if (this.listening === null || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    const { action } = this.listening;
    if (event.key === "Tab") { this.stop(); this.say("key_hint"); return; }
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") { this.stop(); this.say("key_hint"); return; }
    const answer = this.keys.rebind(action, event.key);
    if (answer === "reserved") return this.say("key_reserved");
    if (answer) return this.say("key_taken", { key: keyLabel(event.key), action: this.nameOf(answer) });
    this.view.showKeys(this.keys);
    this.fill();
    this.say("key_changed", { key: keyLabel(event.key), action: this.nameOf(action) });
    return this.view.parts["key-list"].querySelector(`[data-rebind="${action}"]`).focus();
  }

  say(key, fields = {}) {
    this.view.parts["key-note"].textContent = this.view.text(key, fields);
  }
}

function makeKey(text) {
  const key = document.createElement("kbd");
  key.textContent = text;
  return key;
}
