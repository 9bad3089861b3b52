/* The Compare page: votes, skips, undo and keys.
   A vote shows the prefetched pair at once while it is sent; if it cannot be saved, its pair is shown again. */

import { Refused, Unreachable, getTexts, post } from "./compare_api.js";
import { Drafts, VisibleClock, isNewGuidelines, isVisible } from "./compare_drafts.js";
import { listenToKeys } from "./compare_keys.js";
import { View } from "./compare_view.js";

// A second press within this time was meant for the previous pair.
const GUARD_MS = 200;

class Compare {
  constructor(root) {
    this.view = new View(root);
    this.root = root;
    this.clock = new VisibleClock();
    this.drafts = new Drafts();
    this.state = null;
    this.draft = { comment: "", flag: null };
    this.isSaving = false;
    this.waiting = null;
    this.unsentToken = null;
    this.listen();
  }

  async start() {
    try {
      this.view.setTexts(window.evenhand?.texts ? window.evenhand : await getTexts());
    } catch (error) {
      // Without texts no message can be shown; the sign-in page has its own.
      if (error instanceof Refused && error.status === 401) window.location.assign("/login");
      else setTimeout(() => this.start(), 3000);
      return;
    }
    await this.open(null);
  }

  listen() {
    const { view } = this;
    for (const button of view.choices) button.addEventListener("click", () => this.vote(button.dataset.choice));
    for (const [tool, button] of Object.entries(view.tools)) button.addEventListener("click", () => this.use(tool));
    view.parts.language.addEventListener("click", () => this.switchLanguage());
    view.parts.campaigns.addEventListener("change", (event) => this.open(Number(event.target.value)));
    view.parts.comment.addEventListener("input", (event) => this.keepDraft({ comment: event.target.value }));
    view.parts.comment.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.closeComment();
    });
    view.parts["comment-close"].addEventListener("click", () => this.closeComment());
    listenToKeys(view, { vote: (choice) => this.vote(choice), use: (tool) => this.use(tool) });
    document.addEventListener("visibilitychange", () => this.sendShown());
    window.addEventListener("beforeunload", (event) => this.isSaving && event.preventDefault());
    window.addEventListener("pageshow", (event) => event.persisted && this.open(this.state?.campaign?.id ?? null));
  }

  /* --- state on screen ------------------------------------------------------------------------------- */

  /** Open a campaign, or one with pairs left, and show the current pair. */
  async open(campaign) {
    this.setPageState("loading");
    this.clock.stop();
    try {
      await this.showState(await post("/api/compare", { campaign }));
    } catch (error) {
      if (error instanceof Refused && error.code === "unknown_campaign" && campaign !== null) return this.open(null);
      this.showError(error, () => this.open(campaign));
    }
  }

  /** Show the full state from the server. */
  async showState(state) {
    const isUndo = this.state?.campaign?.id === state.campaign?.id && state.current?.recorded;
    this.state = state;
    this.view.showCampaign({ ...state, example: state.example ?? state.campaign?.example ?? false });
    this.view.showProgress(state.progress);
    this.view.showUndo(state.can_undo);
    if (state.current === null) return this.showEnd();
    const first = isNewGuidelines(state.campaign);
    this.show(state.current, { isShownSent: first });
    if (first) {
      this.clock.stop();
      await this.view.showGuidelines({ first });
      this.clock.restart();
      this.unsentToken = this.state.current?.token ?? null;
      this.sendShown();
    }
    if (isUndo) this.view.showStatus(this.view.text("undone_choice", { choice: this.view.choiceText(state.current.recorded) }));
  }

  /** Show a pair. `isShownSent`: the server is told separately that it is shown. */
  show(pair, { isShownSent = false } = {}) {
    this.view.showPair(pair);
    this.draft = this.drafts.get(pair.token);
    this.view.showFlag(this.draft.flag);
    this.view.showComment(this.draft.comment);
    this.view.openComment(this.draft.comment !== "");
    this.clock.restart();
    this.shownAt = performance.now();
    this.arm(pair.token);
    this.unsentToken = isShownSent ? null : pair.token;
    this.sendShown();
    this.setPageState(this.isSaving ? "saving" : "ready");
  }

  /** Tell the server that the pair is visible. */
  async sendShown() {
    const token = this.unsentToken;
    if (token === null || !isVisible() || this.view.isDialogOpen()) return;
    this.unsentToken = null;
    try {
      await post("/api/shown", { token });
    } catch (error) {
      // A later vote or the next change of visibility sends it again; only a lost session matters now.
      if (error instanceof Unreachable && this.state.current?.token === token) this.unsentToken = token;
      if (error instanceof Refused && error.status === 401) this.showError(error);
    }
  }

  /** Show why there is nothing left to compare, and what to do next. */
  showEnd() {
    const { view, state } = this;
    this.clock.stop();
    const cause = state.end ?? "finished";
    this.setPageState(cause === "finished" ? "done" : "empty");
    const others = state.campaigns
      .filter(({ id, done, total }) => id !== state.campaign?.id && done < total)
      .map(({ id, name, done, total }) => ({
        text: view.text("done_other", { name, left: total - done }),
        run: () => this.open(id),
      }));
    const back = { text: view.text("done_undo"), run: () => this.undo() };
    const look = { text: view.text("reload"), run: () => this.open(state.campaign?.id ?? null) };
    const create = { text: view.text("empty_admin"), href: "/admin/" };
    const actions = [
      ...others,
      ...(cause === "unassigned" && state.admin ? [create] : []),
      ...(state.may_pass ? [look] : []),
      ...(state.can_undo ? [back] : []),
    ];
    view.showMessage(view.text(`end_${cause}`), view.text(`end_${cause}_text`, state.progress), actions);
  }

  /** Mark when votes on this pair are accepted, for tests. */
  arm(token) {
    this.root.dataset.armed = "no";
    clearTimeout(this.arming); // from an earlier showing of the same pair; its guard restarts
    const isSame = () => this.state?.current?.token === token;
    this.arming = setTimeout(() => isSame() && (this.root.dataset.armed = "yes"), GUARD_MS + 1);
  }

  /** Set the page state for tests and style sheets. */
  setPageState(word) {
    this.root.dataset.state = word;
  }

  /* --- votes ---------------------------------------------------------------------------------------- */

  vote(choice) {
    return this.closeBallot("/api/vote", { choice });
  }

  async skip() {
    const token = this.state?.current?.token;
    if (!token) return;
    const reason = await this.view.askReason("skip");
    if (reason !== null && token === this.state.current?.token) await this.closeBallot("/api/skip", { reason });
  }

  /** Send a vote or a skip; the next pair is on screen before the reply arrives. */
  async closeBallot(path, fields) {
    const pair = this.state?.current;
    if (!pair || this.view.isDialogOpen() || performance.now() - this.shownAt < GUARD_MS) return;
    if (this.isSaving) {
      this.waiting = { token: pair.token, run: () => this.closeBallot(path, fields) };
      this.view.markChoice(fields.choice);
      this.view.showStatus(this.view.text("saving"));
      return;
    }
    const before = { pair, next: this.state.next, seconds: this.clock.seconds() };
    const timing = path === "/api/vote" ? { seconds: Math.round(before.seconds * 10) / 10 } : {};
    const { comment, flag } = this.draft;
    const body = { token: pair.token, ...fields, ...timing, flag, comment: comment.trim() || null, showing: before.next?.token ?? null };
    this.isSaving = true;
    this.advance(before.next);
    try {
      const reply = await post(path, body, { retry: true });
      this.isSaving = false;
      await this.applyReply(pair.token, fields.choice ?? null, reply);
    } catch (error) {
      this.isSaving = false;
      await this.restore(before, fields.choice ?? null, error);
    }
    const { waiting } = this;
    this.waiting = null;
    if (waiting && waiting.token === this.state?.current?.token) waiting.run();
  }

  /** Show the prefetched pair, or wait for one. */
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

  /** Apply the server's reply to a vote or skip. */
  async applyReply(token, choice, reply) {
    const { state, view } = this;
    this.drafts.forget(token);
    Object.assign(state, { progress: reply.progress, next: reply.next, can_undo: reply.can_undo, end: reply.end, may_pass: reply.may_pass });
    this.updateCampaignList();
    view.showProgress(state.progress);
    view.showUndo(state.can_undo);
    if (reply.guidelines_version && reply.guidelines_version !== state.campaign.guidelines_version) {
      return this.open(state.campaign.id);
    }
    if (reply.current === null) {
      state.current = null;
      if (reply.end === "finished") this.showEnd();
      else return this.open(state.campaign.id);
    } else if (reply.current.token === state.current?.token) this.setPageState("ready");
    else if (reply.current.left !== undefined) this.show((state.current = reply.current));
    else return this.open(state.campaign.id);
    this.announce(choice, reply);
    if (state.current && !state.next && state.progress.total - state.progress.done > 1) this.prefetch();
  }

  announce(choice, reply) {
    const { view } = this;
    if (reply.repeated && !(reply.retried && reply.recorded === choice)) {
      const known = reply.recorded ? view.text("repeated", { choice: view.choiceText(reply.recorded) }) : view.text("repeated_skip");
      view.showStatus(known);
    } else if (this.state.current) {
      view.showStatus(view.text("next_pair", { progress: view.text("progress_text", this.state.progress) }), { quiet: true });
    }
  }

  /** Update the progress in the list of campaigns, for the final message. */
  updateCampaignList() {
    const entry = this.state.campaigns.find(({ id }) => id === this.state.campaign.id);
    if (entry) entry.done = this.state.progress.done;
  }

  /** Ask again for a next pair if none was available. */
  async prefetch() {
    const token = this.state.current.token;
    try {
      const state = await post("/api/compare", { campaign: this.state.campaign.id });
      if (!this.isSaving && state.current?.token === token && this.state.current?.token === token) this.state.next = state.next;
    } catch {
      // The pair on screen is still valid; errors appear with the next vote.
    }
  }

  /** Show a pair again whose vote was not saved. */
  async restore(before, choice, error) {
    this.waiting = null;
    if (error instanceof Refused && error.status !== 401) {
      await this.open(this.state.campaign?.id ?? null);
      this.view.showAlert(error.message || this.view.text("unsaved"));
      return;
    }
    Object.assign(this.state, { current: before.pair, next: before.next, finished: false });
    this.show(before.pair, { isShownSent: true });
    this.clock.restart(before.seconds);
    this.view.markChoice(choice ?? before.pair.recorded);
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
      const state = await post("/api/undo", {});
      this.isSaving = false;
      await this.showState(state);
      if (state.current && !state.current.recorded) this.view.showStatus(this.view.text("undone"));
    } catch (error) {
      this.isSaving = false;
      if (error instanceof Refused && error.status !== 401) await this.open(this.state.campaign?.id ?? null);
      if (error instanceof Unreachable) this.view.showAlert(error.message || this.view.text("offline"));
      else if (error.status === 401) this.showError(error);
      else this.view.showAlert(error.message);
    }
  }

  /** Replace the page by an error message: signed out, or try again. */
  showError(error, retry) {
    const { view } = this;
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    this.setPageState("error");
    this.clock.stop();
    if (error.status === 401) {
      const next = encodeURIComponent(window.location.pathname);
      view.showMessage(view.text("signed_out"), view.text("signed_out_text"), [{ text: view.text("sign_in"), href: `/login?next=${next}` }]);
    } else view.showMessage(view.text("failed"), error.message || view.text("offline"), [{ text: view.text("retry"), run: retry }]);
  }

  /* --- tools ------------------------------------------------------------------------------------------- */

  use(tool) {
    if (tool === "undo") return this.undo();
    if (tool === "help") return this.view.showHelp();
    if (tool === "guidelines") return this.view.showGuidelines();
    if (!this.state?.current) return undefined;
    if (tool === "skip") return this.skip();
    if (tool === "flag") return this.flag();
    if (this.view.isCommentOpen()) return this.closeComment();
    this.view.openComment(true);
    return this.view.parts.comment.focus();
  }

  async flag() {
    const { token } = this.state.current;
    const reason = this.draft.flag ? null : await this.view.askReason("flag");
    if (token !== this.state.current?.token || (reason === null && !this.draft.flag)) return;
    this.keepDraft({ flag: reason });
    this.view.showFlag(reason);
    this.view.showStatus(reason ? this.view.text("flagged", { reason: this.view.text(`flag_${reason}`) }) : this.view.text("unflagged"), { quiet: Boolean(reason) });
  }

  keepDraft(change) {
    if (!this.state?.current) return;
    this.draft = { ...this.draft, ...change };
    this.drafts.put(this.state.current.token, this.draft);
    this.view.showComment(this.draft.comment);
  }

  closeComment() {
    this.view.openComment(false);
    this.view.tools.comment.focus({ preventScroll: true });
  }

  async switchLanguage() {
    const language = this.root.lang.startsWith("zh") ? "en" : "zh";
    try {
      await post("/api/language", { language });
      this.view.setTexts(await getTexts());
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return this.showError(error);
      return this.view.showAlert(error.message || this.view.text("offline"));
    }
    this.view.openMenu(false);
    this.view.showProgress(this.state.progress);
    this.view.showFlag(this.draft.flag);
    this.view.showAlert("");
    if (this.state.current === null) this.showEnd();
    return undefined;
  }
}

/** Gradio puts the skeleton into the page some time after this script, and again when its pages change. */
function begin() {
  const root = document.getElementById("ev-compare");
  if (!root || root.dataset.begun) return;
  root.dataset.begun = "true";
  new Compare(root).start();
}

begin();
new MutationObserver(begin).observe(document.documentElement, { childList: true, subtree: true });
