/* Changing an old vote: its pair comes on screen with what was said, and nothing is written before a new choice. */

import { Refused, post } from "./compare_api.js";
import { Details } from "./compare_details.js";
import { NO_DRAFT } from "./compare_drafts.js";

export class ChangingVotes {
  /** @param {object} page - the Compare page: its state, view and clock */
  constructor(page) {
    this.page = page;
    this.pair = null;
    page.view.parts["changing-back"].addEventListener("click", () => this.leave());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.pair && !event.defaultPrevented && !page.view.isDialogOpen()) this.leave();
    });
  }

  /** Show the pair of an old vote. */
  async open(token) {
    const { page } = this;
    if (page.isSaving) return;
    try {
      const { pair, details } = await post("/api/open", { token });
      if (!this.pair) this.seconds = page.clock.seconds();
      this.pair = pair;
      page.put(pair, { ...NO_DRAFT, ...details, comment: details.comment ?? "" });
      page.clock.restart();
      page.arm(pair.token);
      page.setPageState("ready");
      page.view.showChanging(true);
      page.view.showStatus(page.view.text("changing_choice", { choice: page.view.choiceText(pair.recorded) }), { quiet: true });
    } catch (error) {
      this.complain(error);
    }
  }

  /** Save another choice for the old pair and go back to the current one. */
  async save(choice) {
    const { page } = this;
    if (page.isGuarded() || page.isSaving) return;
    const { comment, flag } = page.draft;
    const seconds = Math.round(page.clock.seconds() * 10) / 10;
    const body = { token: this.pair.token, choice, seconds, flag, comment: comment.trim() || null, ...Details.fields(page.draft, choice) };
    page.isSaving = true;
    page.view.markChoice(choice);
    try {
      const { changed } = await post("/api/change", body, { retry: true });
      page.isSaving = false;
      await this.leave();
      page.view.showStatus(page.view.text(changed ? "changed" : "unchanged", { choice: page.view.choiceText(choice) }));
    } catch (error) {
      page.isSaving = false;
      if (this.pair) page.view.markChoice(this.pair.recorded);
      this.complain(error);
    }
  }

  /** Go back to the current pair, or to the page at the end. */
  async leave() {
    const { page } = this;
    if (!this.pair) return;
    this.forget();
    const { current } = page.state;
    if (!current) { await page.open(page.state.campaign?.id ?? null); return; }
    page.show(current, { isShownSent: true });
    page.clock.restart(this.seconds);
  }

  /** Forget the old pair without showing another one. */
  forget() {
    this.pair = null;
    this.page.view.showChanging(false);
  }

  complain(error) {
    if (error instanceof Refused && error.status === 401) this.page.showError(error);
    else this.page.view.showAlert(error.message || this.page.view.text("offline"));
  }
}
