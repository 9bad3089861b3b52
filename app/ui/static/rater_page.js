/* A page of ballots with what makes hours at it bearable: own keys, a chosen display, and old answers that can be
   looked at and changed. */

import { BallotPage } from "./ballot_page.js";
import { SessionCount } from "./compare_memory.js";

/**
 * A page with `keys`, `display`, `tools` and `changes`, which its class makes. Its class also says what was answered:
 * `saidOf(line)` as texts, null for a skip; `changingText(ballot)` when an old answer is opened; `numbersOf(own)` as
 * pairs of a heading and a value.
 */
export class RaterPage extends BallotPage {
  constructor(root, view, addresses, drafts) {
    super(root, view, addresses, drafts);
    this.session = new SessionCount();
  }

  use(tool) {
    this.view.openTools(false);
    if (this.view.isDialogOpen()) return undefined;
    return this.tools.has(tool) ? this.withFocus(this.tools.use(tool)) : super.use(tool);
  }

  /** The ballot on screen: an old one that is being changed, else the current one; null without any. */
  get ballot() {
    return this.changes.ballot ?? super.ballot;
  }

  async showState(state) {
    this.changes.forget();
    await super.showState(state);
  }

  showProgress() {
    const { campaign, progress } = this.state;
    this.view.showProgress(progress, campaign ? this.session.count(campaign.id) : 0);
  }

  put(ballot, draft) {
    super.put(ballot, draft);
    this.tools.showSource();
  }

  endActions(cause, links = []) {
    const { own } = this.state;
    const history = own?.votes || own?.ballots ? [{ text: this.view.text("end_history"), run: () => this.use("history") }] : [];
    return super.endActions(cause, links, history);
  }

  endNumbers() {
    const { own } = this.state;
    return own && (own.votes || own.ballots || own.skips) ? this.numbersOf(own).map(([key, value]) => [this.view.text(key), value]) : [];
  }

  showAgain() {
    this.view.showFlag(this.draft.flag);
    this.view.showChanging(this.changes.ballot !== null);
  }

  async undo() {
    if (this.changes.ballot) return this.changes.leave();
    return super.undo();
  }

  /** Only a current ballot has a draft that outlives a reload. */
  storeDraft() {
    if (!this.changes.ballot) super.storeDraft();
  }
}
