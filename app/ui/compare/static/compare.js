/* The Compare page: votes, keys, and what else a page of pairs has beside the ballots of every page of raters. */

import "./completion.js";
import { BallotPage, startIn, tenths } from "./ballot_page.js";
import { getTexts } from "./compare_api.js";
import { ChangingVotes } from "./compare_changes.js";
import { Details } from "./compare_details.js";
import { Drafts, NO_DRAFT } from "./compare_drafts.js";
import { ownNumbers } from "./compare_own.js";
import { Keys, listenToKeys } from "./compare_keys.js";
import { Display, SessionCount } from "./compare_memory.js";
import { PairScores } from "./pair_scores.js";
import { Tools } from "./compare_tools.js";
import { View } from "./compare_view.js";
import { inSite } from "./site.js";

class Compare extends BallotPage {
  constructor(root) {
    const display = new Display();
    super(root, new View(root, display), { api: "/api", state: "/api/compare" }, new Drafts());
    this.display = display;
    this.keys = new Keys();
    this.session = new SessionCount();
    this.details = new Details(root, (change) => this.keepDraft(change));
    this.tools = new Tools(this);
    this.changes = new ChangingVotes(this);
    this.scores = new PairScores(this);
    this.draft = NO_DRAFT;
    this.view.showKeys(this.keys);
  }

  fetchTexts() {
    return getTexts();
  }

  listen() {
    super.listen();
    for (const button of this.view.choices) button.addEventListener("click", () => this.vote(button.dataset.choice));
    listenToKeys(this.view, this.keys, (action) => this.act(action));
  }

  /** Carry out the action of a key. */
  act(action) {
    if (this.view.choices.some((button) => button.dataset.choice === action)) return this.vote(action);
    if (this.ballot && this.details.act(action)) return this.tools.openDetails(true);
    return this.use(action);
  }

  use(tool) {
    this.view.openTools(false);
    if (this.view.isDialogOpen()) return undefined;
    return this.tools.has(tool) ? this.tools.use(tool) : super.use(tool);
  }

  /** The pair on screen: an old one that is being changed, else the current one; null without any. */
  get ballot() {
    return this.changes.pair ?? super.ballot;
  }

  /* --- state on screen ------------------------------------------------------------------------------- */

  async showState(state) {
    const isUndo = this.state?.campaign?.id === state.campaign?.id && state.current?.recorded;
    this.changes.forget();
    await super.showState(state);
    if (isUndo) this.view.showStatus(this.view.text("undone_choice", { choice: this.view.choiceText(state.current.recorded) }));
  }

  showProgress() {
    const { campaign, progress } = this.state;
    this.view.showProgress(progress, campaign ? this.session.count(campaign.id) : 0);
  }

  put(pair, draft) {
    this.scores.close();
    super.put(pair, draft);
    this.details.show(draft);
    this.tools.openDetails(this.display.has("details"));
    this.tools.showSource();
  }

  showEnd() {
    if (this.state.end === "unassigned" && this.state.others) return window.location.replace(inSite("/rate"));
    return super.showEnd();
  }

  endActions(cause) {
    const { view, state } = this;
    const links = cause === "unassigned" && state.admin ? [{ text: view.text("empty_admin"), href: inSite("/admin/") }] : [];
    const history = state.own?.votes ? [{ text: view.text("end_history"), run: () => this.use("history") }] : [];
    return [...super.endActions(cause, links), ...history];
  }

  endNumbers() {
    const { own } = this.state;
    return own && (own.votes || own.skips) ? ownNumbers(this.view, own) : [];
  }

  showAgain() {
    this.view.showFlag(this.draft.flag);
    this.view.showChanging(this.changes.pair !== null);
  }

  /* --- votes ---------------------------------------------------------------------------------------- */

  vote(choice) {
    if (this.changes.pair) return this.changes.save(choice);
    if (this.state?.campaign?.scale && this.ballot && !this.isGuarded()) return this.scores.open(choice);
    return this.sendVote(choice, {});
  }

  /** Send a vote. `more`: scores of both responses, where they were given. */
  sendVote(choice, more) {
    const timing = () => ({ seconds: tenths(this.clock.seconds()), hidden_seconds: tenths(this.clock.hiddenSeconds()) });
    return this.closeBallot("/vote", { choice, ...Details.fields(this.draft, choice), ...more }, timing);
  }

  closeBallot(path, fields, timing) {
    if (this.isSaving && this.state?.current && !this.isGuarded()) this.view.markChoice(fields.choice);
    return super.closeBallot(path, fields, timing);
  }

  count({ choice }, { repeated }) {
    if (choice !== undefined && !repeated) this.session.add(this.state.campaign.id, 1);
  }

  /** The whole state has the rater's own numbers for the end. */
  finish() {
    return this.open(this.state.campaign.id);
  }

  announce({ choice }, reply) {
    const { view } = this;
    if (reply.repeated && !(reply.retried && reply.recorded === (choice ?? null))) {
      const known = reply.recorded ? view.text("repeated", { choice: view.choiceText(reply.recorded) }) : view.text("repeated_skip");
      view.showStatus(known);
    } else if (this.state.current) {
      view.showStatus(view.text("next_pair", { progress: view.text("progress_text", this.state.progress) }), { quiet: true });
    }
  }

  async restore(before, fields, error) {
    await super.restore(before, fields, error);
    if (this.state.current === before.ballot) this.view.markChoice(fields.choice ?? before.ballot.recorded);
  }

  async undo() {
    if (this.changes.pair) return this.changes.leave();
    return super.undo();
  }

  async showUndone(state) {
    if (state.current?.recorded) this.session.add(state.campaign.id, -1);
    await this.showState(state);
    if (state.current && !state.current.recorded) this.view.showStatus(this.view.text("undone"));
  }

  /** Only a current pair has a draft that outlives a reload. */
  storeDraft() {
    if (!this.changes.pair) super.storeDraft();
  }
}

startIn("ev-compare", Compare);
