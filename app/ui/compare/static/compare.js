/* The Compare page: votes, keys, and what else a page of pairs has beside the ballots of every page of raters. */

import "./completion.js";
import { startIn, tenths } from "./ballot_page.js";
import { getTexts } from "./compare_api.js";
import { ChangingVotes } from "./compare_changes.js";
import { Details } from "./compare_details.js";
import { Drafts, NO_DRAFT } from "./compare_drafts.js";
import { ownNumbers, saidOf } from "./compare_own.js";
import { Keys, listenToKeys } from "./compare_keys.js";
import { Display } from "./compare_memory.js";
import { PairScores } from "./pair_scores.js";
import { RaterPage } from "./rater_page.js";
import { Tools } from "./compare_tools.js";
import { View } from "./compare_view.js";
import { inSite } from "./site.js";

class Compare extends RaterPage {
  constructor(root) {
    const display = new Display();
    super(root, new View(root, display), { api: "/api", state: "/api/compare" }, new Drafts());
    this.display = display;
    this.keys = new Keys();
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

  /* --- state on screen ------------------------------------------------------------------------------- */

  async showState(state) {
    const isUndo = this.state?.campaign?.id === state.campaign?.id && state.current?.recorded;
    await super.showState(state);
    if (isUndo) this.view.showStatus(this.view.text("undone_choice", { choice: this.view.choiceText(state.current.recorded) }));
  }

  put(pair, draft) {
    this.scores.close();
    super.put(pair, draft);
    this.details.show(draft);
    this.tools.openDetails(this.display.has("details"));
  }

  showEnd() {
    this.scores.close();
    if (this.state.end === "unassigned" && this.state.others) return window.location.replace(inSite("/rate"));
    if (this.state.end === "unassigned" && this.state.live) return window.location.replace(inSite("/arena"));
    return super.showEnd();
  }

  endActions(cause) {
    const links = cause === "unassigned" && this.state.admin ? [{ text: this.view.text("empty_admin"), href: inSite("/admin/") }] : [];
    return super.endActions(cause, links);
  }

  saidOf(line) {
    return saidOf(this.view, line);
  }

  numbersOf(own) {
    return ownNumbers(this.view, own);
  }

  changingText(pair) {
    return this.view.text("changing_choice", { choice: this.view.choiceText(pair.recorded) });
  }

  /* --- votes ---------------------------------------------------------------------------------------- */

  vote(choice) {
    if (this.state?.campaign?.scale && this.ballot && !this.isGuarded()) return this.scores.open(choice);
    return this.sendVote(choice, {});
  }

  /** Send a vote. `more`: scores of both responses, where they were given. */
  sendVote(choice, more) {
    if (this.changes.ballot) return this.changes.saveVote(choice, more);
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

  async showUndone(state) {
    if (state.current?.recorded) this.session.add(state.campaign.id, -1);
    await this.showState(state);
    if (state.current && !state.current.recorded) this.view.showStatus(this.view.text("undone"));
  }
}

startIn("ev-compare", Compare);
