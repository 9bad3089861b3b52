/* A page that hands out ballots: open, show, send, skip, undo, and what goes wrong in between.
   An answer shows the prefetched ballot at once while it is sent; if it cannot be saved, its ballot is shown again. */

import { Refused, Unreachable, post } from "./compare_api.js";
import { VisibleClock, isNewGuidelines, isVisible } from "./compare_drafts.js";
import { tellExpected } from "./feedback.js";
import { preload } from "./pictures.js";
import { inSite } from "./site.js";

// A second press within this time was meant for the previous ballot.
const GUARD_MS = 200;
// Causes after which an answer that is taken back could not be given again.
const OVER = ["removed", "closed", "deadline_passed"];

export class BallotPage {
  /**
   * @param {HTMLElement} root
   * @param {import("./page_view.js").PageView} view
   * @param {{api: string, state: string}} addresses - the page's part of the JSON API, and its call for the whole state
   * @param {{get: Function, put: Function, forget: Function}} drafts - unsent answers by token
   */
  constructor(root, view, addresses, drafts) {
    Object.assign(this, { root, view, addresses, drafts });
    this.clock = new VisibleClock();
    this.state = null;
    this.draft = {};
    this.isSaving = false;
    this.waiting = null;
    this.unsentToken = null;
  }

  start() {
    this.listen();
    return this.begin();
  }

  async begin() {
    try {
      this.view.setTexts(await this.fetchTexts());
    } catch (error) {
      // Without texts no message can be shown; the sign-in page has its own.
      if (error instanceof Refused && error.status === 401) window.location.assign(inSite("/login"));
      else setTimeout(() => this.begin(), 3000);
      return;
    }
    await this.open(null);
  }

  fetchTexts() {
    return post(`${this.addresses.api}/texts`, {});
  }

  /** The ballot on screen, null without any. */
  get ballot() {
    return this.state?.current ?? null;
  }

  listen() {
    const { parts, tools } = this.view;
    for (const [tool, button] of Object.entries(tools)) button.addEventListener("click", () => this.use(tool));
    parts.language.addEventListener("click", () => this.switchLanguage());
    parts.campaigns.addEventListener("change", (event) => this.open(Number(event.target.value)));
    parts.comment.addEventListener("input", (event) => this.keepDraft({ comment: event.target.value }));
    parts.comment.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.closeComment();
    });
    parts["comment-close"].addEventListener("click", () => this.closeComment());
    document.addEventListener("visibilitychange", () => this.sendShown());
    window.addEventListener("beforeunload", (event) => this.isSaving && event.preventDefault());
    window.addEventListener("pageshow", (event) => event.persisted && this.open(this.state?.campaign?.id ?? null));
  }

  /* --- state on screen ------------------------------------------------------------------------------- */

  /** Open a campaign, or one with ballots left, and show the current ballot. */
  async open(campaign) {
    this.setPageState("loading");
    this.clock.stop();
    try {
      await this.showState(await post(this.addresses.state, { campaign }));
    } catch (error) {
      if (error instanceof Refused && error.code === "unknown_campaign" && campaign !== null) return this.open(null);
      this.showError(error, () => this.open(campaign));
    }
  }

  /** Show the full state from the server. */
  async showState(state) {
    this.state = state;
    this.view.showCampaign(state);
    this.showProgress();
    this.view.showUndo(state.can_undo);
    if (state.current === null) return this.showEnd();
    preload(state.next);
    const first = isNewGuidelines(state.campaign);
    this.show(state.current, { isShownSent: first });
    if (first) {
      this.clock.stop();
      await this.view.showGuidelines({ first });
      this.clock.restart();
      this.unsentToken = this.state.current?.token ?? null;
      this.sendShown();
      this.focusBallot();
    }
  }

  showProgress() {
    this.view.showProgress(this.state.progress);
  }

  /** Show a ballot. `isShownSent`: the server is told separately that it is shown. */
  show(ballot, { isShownSent = false } = {}) {
    this.put(ballot, this.drafts.get(ballot));
    this.clock.restart();
    this.arm(ballot.token);
    this.unsentToken = isShownSent ? null : ballot.token;
    this.sendShown();
    this.setPageState(this.isSaving ? "saving" : "ready");
    this.focusBallot();
  }

  /** Put a ballot and what was said about it on screen. */
  put(ballot, draft) {
    this.draft = draft;
    this.view.showBallot(ballot);
    this.view.showFlag(draft.flag);
    this.view.showComment(draft.comment);
    this.view.openComment(draft.comment !== "");
    this.shownAt = performance.now();
  }

  /** Put the focus where answering the ballot begins. */
  focusBallot() {}

  /** Tell the server that the ballot is visible. */
  async sendShown() {
    const token = this.unsentToken;
    if (token === null || !isVisible() || this.view.isDialogOpen()) return;
    this.unsentToken = null;
    try {
      await post(`${this.addresses.api}/shown`, { token });
    } catch (error) {
      // A later answer or the next change of visibility sends it again; only a lost session matters now.
      if (error instanceof Unreachable && this.state.current?.token === token) this.unsentToken = token;
      if (error instanceof Refused && error.status === 401) this.showError(error);
    }
  }

  /** Show why there is nothing left, and what to do next. */
  showEnd() {
    const { view, state } = this;
    this.clock.stop();
    const cause = state.end ?? "finished";
    this.root.dataset.end = cause;
    this.setPageState(cause === "finished" ? "done" : "empty");
    view.showMessage(view.text(`end_${cause}`), view.text(`end_${cause}_text`, state.progress), this.endActions(cause), this.endNumbers());
  }

  /** What to do at the end, the main thing first; after a campaign that is over, no answer can be given again. `links`, `looks`: what a page offers before and after "Check again". */
  endActions(cause, links = [], looks = []) {
    const { view, state } = this;
    const isOver = OVER.includes(cause);
    const others = state.campaigns
      .filter(({ id, done, total }) => id !== state.campaign?.id && done < total)
      .map(({ id, name, done, total }) => ({ text: view.text("done_other", { name, left: total - done }), run: () => this.open(id) }));
    return [
      ...others,
      ...links,
      ...(isOver ? looks : []),
      ...(state.may_pass ? [{ text: view.text("reload"), run: () => this.open(state.campaign?.id ?? null) }] : []),
      ...(isOver ? [] : looks),
      ...(state.can_undo && !isOver ? [{ text: view.text("done_undo"), run: () => this.undo() }] : []),
    ];
  }

  /** The rater's own numbers at the end, as pairs of a heading and a value. */
  endNumbers() {
    return [];
  }

  /** Mark when answers on this ballot are accepted, for tests. */
  arm(token) {
    this.root.dataset.armed = "no";
    clearTimeout(this.arming); // from an earlier showing of the same ballot; its guard restarts
    const isSame = () => this.ballot?.token === token;
    this.arming = setTimeout(() => isSame() && (this.root.dataset.armed = "yes"), GUARD_MS + 1);
  }

  /** Whether a press was meant for an earlier ballot or for a dialog. */
  isGuarded() {
    return this.view.isDialogOpen() || performance.now() - this.shownAt < GUARD_MS;
  }

  /** Set the page state for tests and style sheets. */
  setPageState(word) {
    this.root.dataset.state = word;
  }

  /* --- answers -------------------------------------------------------------------------------------- */

  async skip() {
    const token = this.state?.current?.token;
    if (!token || this.ballot.token !== token) return;
    const reason = await this.view.askReason("skip");
    if (reason !== null && token === this.state.current?.token) await this.closeBallot("/skip", { reason });
  }

  /** Send an answer or a skip; the next ballot is on screen before the reply arrives. `timing`: what the clock says then. */
  async closeBallot(path, fields, timing = () => ({})) {
    const ballot = this.state?.current;
    if (!ballot || this.isGuarded()) return;
    if (this.isSaving) {
      this.waiting = { token: ballot.token, run: () => this.closeBallot(path, fields, timing) };
      this.view.showStatus(this.view.text("saving"));
      return;
    }
    const before = { ballot, next: this.state.next, seconds: this.clock.seconds(), draft: this.draft };
    const body = { token: ballot.token, ...fields, ...timing(), flag: this.draft.flag, comment: this.draft.comment.trim() || null, showing: before.next?.token ?? null };
    this.isSaving = true;
    this.advance(before.next);
    try {
      const reply = await post(`${this.addresses.api}${path}`, body, { retry: true });
      this.isSaving = false;
      await this.applyReply(ballot.token, fields, reply);
      await this.withFocus(tellExpected(this, reply.feedback));
    } catch (error) {
      this.isSaving = false;
      await this.restore(before, fields, error);
    }
    const { waiting } = this;
    this.waiting = null;
    if (waiting && waiting.token === this.state?.current?.token) waiting.run();
  }

  /** Show the prefetched ballot, or wait for one. */
  advance(next) {
    this.view.showAlert("");
    this.state.current = next;
    this.state.next = null;
    if (next) this.show(next, { isShownSent: true });
    else {
      this.clock.stop();
      this.setPageState("loading");
      this.view.showStatus(this.view.text("loading"));
    }
  }

  /** Apply the server's reply to an answer or skip. */
  async applyReply(token, fields, reply) {
    const { state, view } = this;
    this.drafts.forget(token);
    Object.assign(state, { progress: reply.progress, next: reply.next, can_undo: reply.can_undo, end: reply.end, may_pass: reply.may_pass });
    const entry = state.campaigns.find(({ id }) => id === state.campaign.id);
    if (entry) entry.done = state.progress.done;
    preload(reply.next);
    this.count(fields, reply);
    this.showProgress();
    view.showUndo(state.can_undo);
    if (reply.guidelines_version && reply.guidelines_version !== state.campaign.guidelines_version) return this.open(state.campaign.id);
    if (reply.current === null) return this.finish();
    if (reply.current.token === state.current?.token) this.setPageState("ready");
    else if (reply.current.question !== undefined) this.show((state.current = reply.current));
    else return this.open(state.campaign.id);
    this.announce(fields, reply);
    if (state.current && !state.next && state.progress.total - state.progress.done > 1) this.prefetch();
  }

  /** Note an answer that was accepted. */
  count(_fields, _reply) {}

  /** Show the end after the last answer; the whole state has the rater's own numbers for it. */
  finish() {
    this.state.current = null;
    return this.open(this.state.campaign.id);
  }

  /** Say what became of an answer, and that the next ballot is there. */
  announce(_fields, _reply) {}

  /** Ask again for a next ballot if none was available. */
  async prefetch() {
    const token = this.state.current.token;
    try {
      const state = await post(this.addresses.state, { campaign: this.state.campaign.id });
      if (!this.isSaving && state.current?.token === token && this.state.current?.token === token) this.state.next = state.next;
    } catch {
      // The ballot on screen is still valid; errors appear with the next answer.
    }
  }

  /** Show a ballot again whose answer was not saved, with the answer. */
  async restore(before, fields, error) {
    this.waiting = null;
    this.drafts.put(before.ballot.token, before.draft);
    if (error instanceof Refused && error.status !== 401) {
      await this.open(this.state.campaign?.id ?? null);
      this.view.showAlert(error.message || this.view.text("unsaved"));
      return;
    }
    Object.assign(this.state, { current: before.ballot, next: before.next, end: null });
    this.show(before.ballot, { isShownSent: true });
    this.clock.restart(before.seconds);
    if (error instanceof Unreachable) this.view.showAlert(error.message ? this.view.text("unsaved_reason", { reason: error.message }) : this.view.text("unsaved"));
    else this.showError(error);
  }

  async undo() {
    if (!this.state?.can_undo || this.view.isDialogOpen()) return;
    if (this.isSaving) {
      this.waiting = { token: this.state.current?.token, run: () => this.undo() };
      return;
    }
    this.isSaving = true;
    this.view.showAlert("");
    try {
      const state = await post(`${this.addresses.api}/undo`, {});
      this.isSaving = false;
      await this.showUndone(state);
    } catch (error) {
      this.isSaving = false;
      if (error instanceof Refused && error.status !== 401) await this.open(this.state.campaign?.id ?? null);
      if (error instanceof Unreachable) this.view.showAlert(error.message || this.view.text("offline"));
      else if (error.status === 401) this.showError(error);
      else this.view.showAlert(error.message);
    }
  }

  /** Show the state in which the last answer is taken back. */
  async showUndone(state) {
    await this.showState(state);
    this.view.showStatus(this.view.text("undone"));
  }

  /** Replace the page by an error message: signed out, or try again. */
  showError(error, retry) {
    const { view } = this;
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    this.setPageState("error");
    this.clock.stop();
    if (error.status === 401) {
      const next = encodeURIComponent(window.location.pathname);
      view.showMessage(view.text("signed_out"), view.text("signed_out_text"), [{ text: view.text("sign_in"), href: inSite(`/login?next=${next}`) }]);
    } else view.showMessage(view.text("failed"), error.message || view.text("offline"), [{ text: view.text("retry"), run: retry }]);
  }

  /* --- tools ------------------------------------------------------------------------------------------- */

  async use(tool) {
    if (tool === "undo") return this.undo();
    if (tool === "help") return this.withFocus(this.view.showHelp());
    if (tool === "guidelines") return this.withFocus(this.view.showGuidelines());
    if (!this.ballot) return undefined;
    if (tool === "skip") return this.withFocus(this.skip());
    if (tool === "flag") return this.withFocus(this.flag());
    if (tool !== "comment") return undefined;
    if (this.view.isCommentOpen()) return this.closeComment();
    this.view.openComment(true);
    return this.view.parts.comment.focus();
  }

  /** Give the focus back to the ballot when a dialog has closed and nothing else has it. */
  async withFocus(closing) {
    await closing;
    if (document.activeElement === document.body && this.state?.current) this.focusBallot();
  }

  async flag() {
    const { token } = this.ballot;
    const reason = this.draft.flag ? null : await this.view.askReason("flag");
    if (token !== this.ballot?.token || (reason === null && !this.draft.flag)) return;
    this.keepDraft({ flag: reason });
    this.view.showFlag(reason);
    this.view.showStatus(reason ? this.view.text("flagged", { reason: this.view.text(`flag_${reason}`) }) : this.view.text("unflagged"), { quiet: Boolean(reason) });
  }

  keepDraft(change) {
    if (!this.ballot) return;
    this.draft = { ...this.draft, ...change };
    this.storeDraft();
    this.view.showComment(this.draft.comment);
  }

  storeDraft() {
    this.drafts.put(this.ballot.token, this.draft);
  }

  closeComment() {
    this.view.openComment(false);
    this.view.tools.comment.focus({ preventScroll: true });
  }

  async switchLanguage() {
    const language = this.root.lang.startsWith("zh") ? "en" : "zh";
    try {
      await post("/api/language", { language });
      this.view.setTexts(await this.fetchTexts());
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return this.showError(error);
      return this.view.showAlert(error.message || this.view.text("offline"));
    }
    this.view.openMenu(false);
    this.view.showAlert("");
    if (this.state === null) return undefined;
    this.showProgress();
    if (this.ballot === null) this.showEnd();
    else this.showAgain();
    return undefined;
  }

  /** Show the ballot on screen in another language of the page. */
  showAgain() {
    this.show(this.state.current, { isShownSent: true });
  }
}

/** Seconds as they are sent. */
export function tenths(seconds) {
  return Math.round(seconds * 10) / 10;
}

/** Start a page in its skeleton. Gradio puts that there some time after this script, and again when its pages change. */
export function startIn(id, Page) {
  const begin = () => {
    const root = document.getElementById(id);
    if (!root || root.dataset.begun) return;
    root.dataset.begun = "true";
    new Page(root).start();
  };
  begin();
  new MutationObserver(begin).observe(document.documentElement, { childList: true, subtree: true });
}
