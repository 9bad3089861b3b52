/* Scores of both responses after a vote, in campaigns that ask for them.
   The choice waits while the scales are open; it is sent with the scores, or without any. */

import { post } from "./compare_api.js";
import { make } from "./page_view.js";
import { ScaleRows } from "./scale_rows.js";

const CANNOT_JUDGE = "x";
const TYPING = "input, textarea, select, [contenteditable]";
const SIDES = ["response_a", "response_b"];

export class PairScores {
  /** @param {object} page - the Compare page: its state, view and draft */
  constructor(page) {
    this.page = page;
    this.panel = make("section", { class: "ev-scoring ev-rate", "aria-labelledby": "ev-scoring-title" });
    this.panel.hidden = true;
    page.view.parts.choices.before(this.panel);
    this.panel.addEventListener("click", (event) => {
      const button = event.target.closest("[role=radio]");
      if (button) this.score(this.rows.meaning(button));
    });
    this.panel.addEventListener("focusin", (event) => this.follow(event.target));
    document.addEventListener("keydown", (event) => this.press(event), { capture: true });
  }

  /** Whether the scales are open. */
  get isOpen() {
    return !this.panel.hidden;
  }

  /** Fetch the words of the scales in the reader's language. */
  async fetchTexts() {
    const { language } = this.page.state;
    if (this.language === language) return;
    this.texts = (await post("/api/rate/texts", {})).texts;
    this.language = language;
  }

  text(key, fields = {}) {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (blank, name) => fields[name] ?? blank);
  }

  /** Ask for the scores that go with a choice. */
  async open(choice) {
    const { page } = this;
    const { ballot: pair } = page;
    try {
      await this.fetchTexts();
    } catch (error) {
      return page.changes.complain(error);
    }
    if (page.ballot !== pair) return undefined;
    this.choice = choice;
    page.view.markChoice(choice);
    this.given = pair.scores?.length ? pair.scores.map((one) => ({ ...one })) : [{}, {}];
    if (page.draft.scores?.length) this.given = page.draft.scores;
    this.fill();
    this.panel.hidden = false;
    page.view.parts.choices.hidden = true;
    page.view.panels.fit();
    this.at = Math.max(0, this.rows.firstOpen(this.given));
    return this.refresh();
  }

  fill() {
    const { view, state } = this.page;
    this.rows = new ScaleRows((key, fields) => this.text(key, fields), state.campaign.scale);
    const title = make("h2", { class: "ev-label", id: "ev-scoring-title" }, view.text("scores_title", { choice: view.choiceText(this.choice) }));
    const sides = SIDES.map((side, place) => {
      const box = make("div", { class: "ev-scoring-side", role: "group", "aria-label": view.text(side) });
      const letter = make("b", { class: place ? "ui-key-b" : "ui-key-a", "aria-hidden": "true" }, "AB"[place]);
      box.append(letter, this.rows.makeScores(place, view.text(side)));
      return box;
    });
    const isChange = this.page.changes.ballot !== null && this.page.ballot.scores?.length > 0;
    const hint = isChange ? [make("p", { class: "ui-hint" }, view.text("scores_change_hint"))] : [];
    const columns = make("div", { class: "ev-scoring-sides" });
    columns.append(...sides);
    const actions = make("div", { class: "ev-actions" });
    this.save = action(view.text("scores_save"), "Enter", () => this.send());
    this.save.classList.add("ev-primary");
    actions.append(this.save, action(view.text("scores_without"), "W", () => this.sendWithout()), action(view.text("scores_back"), "Esc", () => this.back()));
    this.panel.replaceChildren(title, ...hint, columns, actions);
  }

  /** Close the scales, because another pair comes or the choice is open again. */
  close() {
    if (!this.isOpen) return;
    this.panel.hidden = true;
    this.page.view.parts.choices.hidden = false;
    this.page.view.panels.fit();
  }

  back() {
    this.close();
    this.page.view.markChoice(this.page.ballot?.recorded ?? null);
    this.page.view.choices.find(({ dataset }) => dataset.choice === this.choice)?.focus({ preventScroll: true });
  }

  refresh({ focus = true } = {}) {
    const left = this.rows.show(this.given, this.at);
    this.save.setAttribute("aria-disabled", String(left > 0));
    if (focus) this.rows.focus(this.at);
  }

  score({ index, value }) {
    this.given = this.rows.scored(this.given, index, value);
    this.page.keepDraft({ scores: this.given });
    const next = this.rows.firstOpen(this.given, index + 1);
    this.at = next >= 0 ? next : index;
    this.refresh();
    if (next < 0) this.save.focus({ preventScroll: true });
  }

  follow(target) {
    const index = this.rows.rows.findIndex(({ element }) => element.contains(target));
    if (index < 0 || index === this.at) return;
    this.at = index;
    this.refresh({ focus: false });
  }

  send() {
    const open = this.rows.firstOpen(this.given);
    if (open < 0) return this.page.sendVote(this.choice, { scores: this.given });
    this.at = open;
    this.refresh();
    return this.page.view.showStatus(this.page.view.text("scores_incomplete"));
  }

  sendWithout() {
    return this.page.sendVote(this.choice, {});
  }

  press(event) {
    if (!this.isOpen || !this.isForTheScales(event)) return;
    const action_ = this.actionOf(event.key, event.target);
    if (action_ === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat || event.key.startsWith("Arrow")) action_();
  }

  isForTheScales(event) {
    const isCommand = event.ctrlKey || event.altKey || event.metaKey;
    return !(isCommand || event.isComposing || event.target.closest?.(TYPING) || this.page.view.isDialogOpen());
  }

  /** What a key does while the scales are open; undefined for a key that belongs to the page. */
  actionOf(key, target) {
    const isOnRow = Boolean(target.closest?.(".rt-row"));
    if (key === "Escape") return () => this.back();
    if (key === "Enter") return target.closest?.("button") && !isOnRow && target !== this.save ? undefined : () => this.send();
    if (key.toLowerCase() === "w") return () => this.sendWithout();
    if (key.toLowerCase() === CANNOT_JUDGE) return () => this.score({ index: this.at, value: null });
    if (key === "ArrowDown" || key === "ArrowUp") {
      return () => {
        this.at = this.rows.moved(this.at, key === "ArrowDown" ? 1 : -1);
        this.refresh();
      };
    }
    if ((key === "ArrowRight" || key === "ArrowLeft") && isOnRow) return () => this.rows.step(this.at, key === "ArrowRight" ? 1 : -1, target);
    if (!/^[0-9]$/.test(key)) return undefined;
    const step = this.page.state.campaign.scale.steps.find((one) => one.key === key);
    return () => step && this.score({ index: this.at, value: step.value });
  }
}

function action(text, key, run) {
  const button = make("button", { type: "button", "aria-keyshortcuts": key });
  button.append(make("span", {}, text), make("kbd", { "aria-hidden": "true" }, key));
  button.addEventListener("click", run);
  return button;
}
