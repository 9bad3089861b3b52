/* Changing an old answer: its ballot comes on screen with what was said, and nothing is written before a new answer. */

import { Refused, post } from "./compare_api.js";

export class ChangingAnswers {
  /**
   * @param {object} page - the page of a rater: its state, view, clock and addresses
   * @param {(opened: object) => {ballot: object, draft: object}} read - the ballot and the draft of the server's reply
   */
  constructor(page, read) {
    this.page = page;
    this.read = read;
    this.ballot = null;
    page.view.parts["changing-back"].addEventListener("click", () => this.leave());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.ballot && !event.defaultPrevented && !page.view.isDialogOpen()) this.leave();
    });
  }

  /** Show the ballot of an old answer. */
  async open(token) {
    const { page } = this;
    if (page.isSaving) return;
    try {
      const { ballot, draft } = this.read(await post(`${page.addresses.api}/open`, { token }));
      if (!this.ballot) this.seconds = page.clock.seconds();
      this.ballot = ballot;
      page.put(ballot, { ...draft, comment: draft.comment ?? "" });
      page.clock.restart();
      page.arm(ballot.token);
      page.setPageState("ready");
      page.view.showChanging(true);
      page.focusBallot();
      page.view.showStatus(page.changingText(ballot), { quiet: true });
    } catch (error) {
      this.complain(error);
    }
  }

  /** Save another answer for the old ballot and go back to the current one; returns what came of it, null if nothing. */
  async save(fields) {
    const { page } = this;
    if (page.isGuarded() || page.isSaving) return null;
    const { comment, flag } = page.draft;
    const seconds = Math.round(page.clock.seconds() * 10) / 10;
    page.isSaving = true;
    try {
      const body = { token: this.ballot.token, seconds, flag, comment: comment.trim() || null, ...fields };
      const { changed } = await post(`${page.addresses.api}/change`, body, { retry: true });
      page.isSaving = false;
      await this.leave();
      return changed ? "changed" : "unchanged";
    } catch (error) {
      page.isSaving = false;
      this.complain(error);
      return null;
    }
  }

  /** Go back to the current ballot, or to the page at the end. */
  async leave() {
    const { page } = this;
    if (!this.ballot) return;
    this.forget();
    const { current } = page.state;
    if (!current) { await page.open(page.state.campaign?.id ?? null); return; }
    page.show(current, { isShownSent: true });
    page.clock.restart(this.seconds);
  }

  /** Forget the old ballot without showing another one. */
  forget() {
    this.ballot = null;
    this.page.view.showChanging(false);
  }

  complain(error) {
    if (error instanceof Refused && error.status === 401) this.page.showError(error);
    else this.page.view.showAlert(error.message || this.page.view.text("offline"));
  }
}
