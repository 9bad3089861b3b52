/* The Compare page: votes, skips, undo and keys.
   A vote shows the prefetched pair at once while it is sent; if it cannot be saved, its pair is shown again. */

import "./completion.js";
import { Refused, Unreachable, getTexts, post } from "./compare_api.js";
import { ChangingVotes } from "./compare_changes.js";
import { Details } from "./compare_details.js";
import { Drafts, NO_DRAFT, VisibleClock, isNewGuidelines, isVisible } from "./compare_drafts.js";
import { endMessage } from "./compare_own.js";
import { Keys, listenToKeys } from "./compare_keys.js";
import { Display, SessionCount } from "./compare_memory.js";
import { PairScores } from "./pair_scores.js";
import { Tools } from "./compare_tools.js";
import { View } from "./compare_view.js";
import { tellExpected } from "./feedback.js";
import { inSite } from "./site.js";

// A second press within this time was meant for the previous pair.
const GUARD_MS = 200;

class Compare {
  constructor(root) {
    this.display = new Display();
    this.keys = new Keys();
    this.view = new View(root, this.display);
    this.root = root;
    this.clock = new VisibleClock();
    this.drafts = new Drafts();
    this.session = new SessionCount();
    this.details = new Details(root, (change) => this.keepDraft(change));
    this.tools = new Tools(this);
    this.changes = new ChangingVotes(this);
    this.scores = new PairScores(this);
    this.state = null;
    this.draft = NO_DRAFT;
    this.isSaving = false;
    this.waiting = null;
    this.unsentToken = null;
    this.listen();
  }

  async start() {
    try {
      this.view.setTexts(window.evenhand?.texts ? window.evenhand : await getTexts());
      this.view.showKeys(this.keys);
    } catch (error) {
      // Without texts no message can be shown; the sign-in page has its own.
      if (error instanceof Refused && error.status === 401) window.location.assign(inSite("/login"));
      else setTimeout(() => this.start(), 3000);
      return;
    }
    await this.open(null);
  }

  listen() {
    const { view } = this;
    for (const button of view.choices) button.addEventListener("click", () => this.vote(button.dataset.choice));
    view.parts.campaigns.addEventListener("change", (event) => this.open(Number(event.target.value)));
    listenToKeys(view, this.keys, (action) => this.act(action));
    document.addEventListener("visibilitychange", () => this.sendShown());
    window.addEventListener("beforeunload", (event) => this.isSaving && event.preventDefault());
    window.addEventListener("pageshow", (event) => event.persisted && this.open(this.state?.campaign?.id ?? null));
  }

  /** Carry out the action of a key. */
  act(action) {
    if (this.view.choices.some((button) => button.dataset.choice === action)) return this.vote(action);
    if (this.pair && this.details.act(action)) return this.tools.openDetails(true);
    return this.tools.use(action);
  }

  /** The pair on screen: an old one that is being changed, else the current one; null without any. */
  get pair() {
    return this.changes.pair ?? this.state?.current ?? null;
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
    this.changes.forget();
    this.view.showCampaign({ ...state, example: state.example ?? state.campaign?.example ?? false });
    this.showProgress();
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

  showProgress() {
    const { campaign, progress } = this.state;
    this.view.showProgress(progress, campaign ? this.session.count(campaign.id) : 0);
  }

  /** Show a pair. `isShownSent`: the server is told separately that it is shown. */
  show(pair, { isShownSent = false } = {}) {
    this.put(pair, this.drafts.get(pair.token));
    this.clock.restart();
    this.arm(pair.token);
    this.unsentToken = isShownSent ? null : pair.token;
    this.sendShown();
    this.setPageState(this.isSaving ? "saving" : "ready");
  }

  /** Put a pair and what was said about it on screen. */
  put(pair, draft) {
    this.draft = draft;
    this.scores.close();
    this.view.showPair(pair);
    this.view.showFlag(draft.flag);
    this.view.showComment(draft.comment);
    this.view.openComment(draft.comment !== "");
    this.details.show(draft);
    this.tools.openDetails(this.display.has("details"));
    this.shownAt = performance.now();
    this.tools.showSource();
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
    this.clock.stop();
    if (this.state.end === "unassigned" && this.state.others) return window.location.replace(inSite("/rate"));
    this.setPageState((this.state.end ?? "finished") === "finished" ? "done" : "empty");
    const message = endMessage(this.view, this.state, {
      open: (id) => this.open(id),
      undo: () => this.undo(),
      history: () => this.tools.use("history"),
    });
    this.view.showMessage(...message);
  }

  /** Mark when votes on this pair are accepted, for tests. */
  arm(token) {
    this.root.dataset.armed = "no";
    clearTimeout(this.arming); // from an earlier showing of the same pair; its guard restarts
    const isSame = () => this.pair?.token === token;
    this.arming = setTimeout(() => isSame() && (this.root.dataset.armed = "yes"), GUARD_MS + 1);
  }

  /** Set the page state for tests and style sheets. */
  setPageState(word) {
    this.root.dataset.state = word;
  }

  /* --- votes ---------------------------------------------------------------------------------------- */

  vote(choice) {
    if (this.changes.pair) return this.changes.save(choice);
    if (this.state?.campaign?.scale && this.pair && !this.isGuarded()) return this.scores.open(choice);
    return this.sendVote(choice, {});
  }

  /** Send a vote. `more`: scores of both responses, where they were given. */
  sendVote(choice, more) {
    return this.closeBallot("/api/vote", { choice, ...Details.fields(this.draft, choice), ...more });
  }

  /** Whether a press was meant for an earlier pair or for a dialog. */
  isGuarded() {
    return this.view.isDialogOpen() || performance.now() - this.shownAt < GUARD_MS;
  }

  /** Send a vote or a skip; the next pair is on screen before the reply arrives. */
  async closeBallot(path, fields) {
    const pair = this.state?.current;
    if (!pair || this.isGuarded()) return;
    if (this.isSaving) {
      this.waiting = { token: pair.token, run: () => this.closeBallot(path, fields) };
      this.view.markChoice(fields.choice);
      this.view.showStatus(this.view.text("saving"));
      return;
    }
    const before = { pair, next: this.state.next, seconds: this.clock.seconds() };
    const tenths = (seconds) => Math.round(seconds * 10) / 10;
    const timing = path === "/api/vote" ? { seconds: tenths(before.seconds), hidden_seconds: tenths(this.clock.hiddenSeconds()) } : {};
    const { comment, flag } = this.draft;
    const body = { token: pair.token, ...fields, ...timing, flag, comment: comment.trim() || null, showing: before.next?.token ?? null };
    this.isSaving = true;
    this.advance(before.next);
    try {
      const reply = await post(path, body, { retry: true });
      this.isSaving = false;
      await this.applyReply(pair.token, fields.choice ?? null, reply);
      await tellExpected(this, reply.feedback);
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
    if (choice !== null && !reply.repeated) this.session.add(state.campaign.id, 1);
    this.showProgress();
    view.showUndo(state.can_undo);
    if (reply.guidelines_version && reply.guidelines_version !== state.campaign.guidelines_version) {
      return this.open(state.campaign.id);
    }
    if (reply.current === null) return this.open(state.campaign.id);
    if (reply.current.token === state.current?.token) this.setPageState("ready");
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
    if (this.changes.pair) return this.changes.leave();
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
      if (state.current?.recorded) this.session.add(state.campaign.id, -1);
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
      view.showMessage(view.text("signed_out"), view.text("signed_out_text"), [{ text: view.text("sign_in"), href: inSite(`/login?next=${next}`) }]);
    } else view.showMessage(view.text("failed"), error.message || view.text("offline"), [{ text: view.text("retry"), run: retry }]);
  }

  /** Remember what is said about the pair on screen; only a current pair has a draft that outlives a reload. */
  keepDraft(change) {
    if (!this.pair) return;
    this.draft = { ...this.draft, ...change };
    if (!this.changes.pair) this.drafts.put(this.pair.token, this.draft);
    this.view.showComment(this.draft.comment);
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
