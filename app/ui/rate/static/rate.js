/* The Rate page: one score, or "cannot judge", for every dimension of every response on screen.
   A digit scores the row with the mark and moves the mark on; Enter sends. */

import "./completion.js";
import { startIn, tenths } from "./ballot_page.js";
import { ChangingAnswers } from "./changing_answers.js";
import { Keys, isForThePage } from "./compare_keys.js";
import { Display, read, write } from "./compare_memory.js";
import { RateView } from "./rate_view.js";
import { RaterPage } from "./rater_page.js";
import { RaterTools } from "./rater_tools.js";

const DRAFTS = "evenhand.scores";
/** Every action with its key until the rater chooses another; digits always score, so no action can have one. */
const KEYS = {
  cannot_judge: "x",
  skip: "s", flag: "f", comment: "c", undo: "u",
  history: "h", guidelines: "g", display: "v", help: "?",
  question: "q", zoom: "z", linked: "l", source: "o", differences: "d",
};
const HELP = {
  names: { cannot_judge: "cannot_judge" },
  first: [
    [["1", "…", "0"], "help_digits"],
    [["↑", "↓"], "help_rows"],
    [["←", "→"], "help_steps"],
    [["Enter"], "help_send"],
  ],
  fixed: [[["PgUp", "PgDn"], "help_scroll"]],
};
const PAGES = { PageDown: 0.9, PageUp: -0.9 };

/** Unsent scores, comments and flags by token; they survive a reload of the tab. No text of a response is kept. */
class ScoreDrafts {
  constructor() {
    this.kept = read(sessionStorage, DRAFTS);
  }

  /** The draft of a ballot: what was entered, else the scores that were just taken back. */
  get(ballot) {
    return this.kept[ballot.token] ?? { comment: "", flag: null, scores: scoresOf(ballot) };
  }

  put(token, draft) {
    this.kept[token] = draft;
    write(sessionStorage, DRAFTS, this.kept);
  }

  forget(token) {
    delete this.kept[token];
    write(sessionStorage, DRAFTS, this.kept);
  }
}

/** The scores that a ballot comes with: those that were taken back or given before, else none. */
function scoresOf({ responses, scores }) {
  return responses.map((_, place) => ({ ...scores[place] }));
}

class Rate extends RaterPage {
  constructor(root) {
    const [display, keys] = [new Display(), new Keys(KEYS, "evenhand.keys.rate", /[0-9]/u)];
    super(root, new RateView(root, display, keys), { api: "/api/rate", state: "/api/rate/state" }, new ScoreDrafts());
    Object.assign(this, { display, keys });
    this.tools = new RaterTools(this, HELP);
    this.changes = new ChangingAnswers(this, ({ ballot, details }) => ({ ballot, draft: { ...details, scores: scoresOf(ballot) } }));
    this.at = 0;
    this.view.showKeys(keys);
  }

  listen() {
    super.listen();
    const { parts } = this.view;
    parts.send.addEventListener("click", () => this.send());
    parts.panels.addEventListener("click", (event) => {
      const button = event.target.closest("[role=radio]");
      if (button) this.scoreBy(button);
    });
    parts.panels.addEventListener("focusin", (event) => this.follow(event.target));
    document.addEventListener("keydown", (event) => this.press(event));
  }

  /** Begin at the first row without a score. */
  focusBallot() {
    this.at = Math.max(0, this.firstOpen());
    this.refresh({ focus: !this.view.isDialogOpen() });
  }

  /** Show the scores and the mark. */
  refresh({ focus = true } = {}) {
    this.view.showScores(this.draft.scores, this.at);
    if (focus) this.view.scales.focus(this.at);
  }

  /** The first row without a score from a place on, and from the top after the last; -1 if every row has one. */
  firstOpen(from = 0) {
    return this.view.scales.firstOpen(this.draft.scores, from);
  }

  /* --- scores ------------------------------------------------------------------------------------------- */

  /** Score a row and move the mark to the next row without a score. `value`: a step, or null for "cannot judge". */
  score(index, value) {
    if (!this.view.rows[index] || this.isGuarded()) return;
    this.keepDraft({ scores: this.view.scales.scored(this.draft.scores, index, value) });
    this.view.showAlert("");
    const next = this.firstOpen(index + 1);
    this.at = next >= 0 ? next : index;
    this.refresh();
    if (next < 0) this.view.parts.send.focus({ preventScroll: true });
  }

  scoreBy(button) {
    const { index, value } = this.view.scales.meaning(button);
    this.score(index, value);
  }

  /** Let the mark follow the focus. */
  follow(target) {
    const index = this.view.rows.findIndex(({ element }) => element.contains(target));
    if (index < 0 || index === this.at) return;
    this.at = index;
    this.refresh({ focus: false });
  }

  /** Send the scores, or go to the first row without one. */
  send() {
    const open = this.firstOpen();
    if (!this.ballot || this.isGuarded()) return;
    if (open >= 0) {
      this.at = open;
      this.refresh();
      this.view.showStatus(this.view.text("incomplete"));
      return;
    }
    if (this.changes.ballot) this.saveChange();
    else this.closeBallot("/answer", { scores: this.draft.scores }, () => ({ seconds: tenths(this.clock.seconds()) }));
  }

  async saveChange() {
    const outcome = await this.changes.save({ scores: this.draft.scores });
    if (outcome) this.view.showStatus(this.view.text(outcome));
  }

  count({ scores }, { repeated }) {
    if (scores !== undefined && !repeated) this.session.add(this.state.campaign.id, 1);
  }

  announce(_fields, reply) {
    const { view, state } = this;
    if (reply.repeated && !reply.retried) view.showStatus(view.text("repeated"));
    else if (state.current) view.showStatus(view.text("next", { progress: view.text("progress_text", state.progress) }), { quiet: true });
  }

  async showUndone(state) {
    if (state.current?.scores.length) this.session.add(state.campaign.id, -1);
    await super.showUndone(state);
  }

  /* --- own scores ------------------------------------------------------------------------------------------- */

  /** The scores of a line of the history, as texts; null for a skip. */
  saidOf({ scores }) {
    if (!scores.length) return null;
    const { view } = this;
    return scores.map((one, place) => {
      const said = view.scale.dimensions.map((name) => `${view.scales.known(name) ?? name} ${one[name] ?? "–"}`).join(", ");
      return scores.length > 1 ? view.text("history_response", { letter: "ABCDEF"[place], scores: said }) : said;
    });
  }

  numbersOf(own) {
    const rows = [["own_ballots", String(own.ballots)]];
    if (own.median_seconds !== null) rows.push(["own_pace", this.view.text("seconds", { seconds: Math.round(own.median_seconds) })]);
    if (own.unjudged) rows.push(["own_unjudged", String(own.unjudged)]);
    if (own.skips) rows.push(["own_skips", String(own.skips)]);
    return rows;
  }

  changingText() {
    return this.view.text("changing");
  }

  /* --- keys ----------------------------------------------------------------------------------------------- */

  press(event) {
    if (!isForThePage(event, this.view)) return;
    const { key } = event;
    if (key in PAGES) {
      if (event.target.closest?.(".ev-answer, .ev-question")) return;
      event.preventDefault();
      this.view.scrollAnswers(PAGES[key]);
      return;
    }
    const action = event.repeat && !key.startsWith("Arrow") ? undefined : this.actionOf(key, event.target);
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  /** What a key does here; undefined for a key that the page leaves alone. */
  actionOf(key, target) {
    const tool = this.keys.actionOf(key);
    if (tool === "cannot_judge") return this.ballot ? () => this.score(this.at, null) : undefined;
    if (tool) return () => this.use(tool);
    if (!this.ballot) return undefined;
    const isOnRow = Boolean(target.closest?.(".rt-row"));
    const isElsewhere = target.closest?.("a, button, .ev-answer, .ev-question, .ev-menu") && !isOnRow;
    if (key === "Enter") return isElsewhere && target.closest("a, button") ? undefined : () => this.send();
    if (key === "ArrowDown" || key === "ArrowUp") return isElsewhere && target !== this.view.parts.send ? undefined : () => this.move(key === "ArrowDown" ? 1 : -1);
    if (key === "ArrowRight" || key === "ArrowLeft") return isOnRow ? () => this.view.scales.step(this.at, key === "ArrowRight" ? 1 : -1, target) : undefined;
    const step = this.view.scale.steps.find((one) => one.key === key);
    return step && (() => this.score(this.at, step.value));
  }

  /** Move the mark by a number of rows. */
  move(by) {
    this.at = this.view.scales.moved(this.at, by);
    this.refresh();
  }
}

startIn("ev-rate", Rate);
