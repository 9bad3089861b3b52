/* The Rate page: one score, or "cannot judge", for every dimension of every response on screen.
   A digit scores the row with the mark and moves the mark on; Enter sends. */

import "./completion.js";
import { BallotPage, startIn, tenths } from "./ballot_page.js";
import { isForThePage } from "./compare_keys.js";
import { RateView } from "./rate_view.js";

const DRAFTS = "evenhand.scores";
const CANNOT_JUDGE = "x";
const PAGES = { PageDown: 0.9, PageUp: -0.9 };

/** Unsent scores, comments and flags by token; they survive a reload of the tab. No text of a response is kept. */
class ScoreDrafts {
  constructor() {
    try {
      this.kept = JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}");
    } catch {
      this.kept = {};
    }
  }

  /** The draft of a ballot: what was entered, else the scores that were just taken back. */
  get({ token, responses, scores }) {
    return this.kept[token] ?? { comment: "", flag: null, scores: responses.map((_, place) => ({ ...scores[place] })) };
  }

  put(token, draft) {
    this.kept[token] = draft;
    this.write();
  }

  forget(token) {
    delete this.kept[token];
    this.write();
  }

  write() {
    try {
      sessionStorage.setItem(DRAFTS, JSON.stringify(this.kept));
    } catch {
      // Storage may be full or forbidden; the page works without it.
    }
  }
}

class Rate extends BallotPage {
  constructor(root) {
    super(root, new RateView(root), { api: "/api/rate", state: "/api/rate/state" }, new ScoreDrafts());
    this.at = 0;
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
    if (!this.state?.current || this.isGuarded()) return;
    if (open >= 0) {
      this.at = open;
      this.refresh();
      this.view.showStatus(this.view.text("incomplete"));
      return;
    }
    this.closeBallot("/answer", { scores: this.draft.scores }, () => ({ seconds: tenths(this.clock.seconds()) }));
  }

  announce(_fields, reply) {
    const { view, state } = this;
    if (reply.repeated && !reply.retried) view.showStatus(view.text("repeated"));
    else if (state.current) view.showStatus(view.text("next", { progress: view.text("progress_text", state.progress) }), { quiet: true });
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
    const tool = Object.keys(this.view.tools).find((name) => this.view.tools[name].getAttribute("aria-keyshortcuts") === key.toLowerCase());
    if (tool) return () => this.use(tool);
    if (!this.state?.current) return undefined;
    const isOnRow = Boolean(target.closest?.(".rt-row"));
    const isElsewhere = target.closest?.("a, button, .ev-answer, .ev-question, .ev-menu") && !isOnRow;
    if (key === "Enter") return isElsewhere && target.closest("a, button") ? undefined : () => this.send();
    if (key === "ArrowDown" || key === "ArrowUp") return isElsewhere && target !== this.view.parts.send ? undefined : () => this.move(key === "ArrowDown" ? 1 : -1);
    if (key === "ArrowRight" || key === "ArrowLeft") return isOnRow ? () => this.view.scales.step(this.at, key === "ArrowRight" ? 1 : -1, target) : undefined;
    if (key.toLowerCase() === CANNOT_JUDGE) return () => this.score(this.at, null);
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
