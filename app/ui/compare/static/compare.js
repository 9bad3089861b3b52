/* The Compare page: what happens on a verdict, a skip, an undo, a key.
   A verdict shows the prefetched pair at once and is sent meanwhile; if it cannot be saved, its pair comes back. */

import { Refused, Unreachable, getTexts, post } from "./compare_api.js";
import { Drafts, VisibleClock, isNewGuidelines, isVisible } from "./compare_desk.js";
import { listenToKeys } from "./compare_keys.js";
import { View } from "./compare_view.js";

// A second press within this time was meant for the pair before.
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
    this.unstamped = null;
    this.listen();
  }

  async start() {
    try {
      this.view.speak(window.evenhand?.texts ? window.evenhand : await getTexts());
    } catch (error) {
      // Without texts there is only one thing left to say, and the server says it better.
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
    view.parts.studies.addEventListener("change", (event) => this.open(Number(event.target.value)));
    view.parts.comment.addEventListener("input", (event) => this.keepDraft({ comment: event.target.value }));
    view.parts.comment.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.closeComment();
    });
    view.parts["comment-close"].addEventListener("click", () => this.closeComment());
    listenToKeys(view, { vote: (choice) => this.vote(choice), use: (tool) => this.use(tool) });
    document.addEventListener("visibilitychange", () => this.stamp());
    window.addEventListener("beforeunload", (event) => this.isSaving && event.preventDefault());
    window.addEventListener("pageshow", (event) => event.persisted && this.open(this.state?.campaign?.id ?? null));
  }

  /* --- what is on screen ------------------------------------------------------------------------------- */

  /** Open a study, or the one with work left, and show where the user stopped. */
  async open(campaign) {
    this.mark("loading");
    this.clock.stop();
    try {
      await this.take(await post("/api/compare", { campaign }));
    } catch (error) {
      if (error instanceof Refused && error.code === "unknown_campaign" && campaign !== null) return this.open(null);
      this.explain(error, () => this.open(campaign));
    }
  }

  /** Show a whole state as the server tells it. */
  async take(state) {
    const isUndo = this.state?.campaign?.id === state.campaign?.id && state.current?.recorded;
    this.state = state;
    this.view.showStudy({ ...state, example: state.example ?? state.campaign?.example ?? false });
    this.view.showProgress(state.progress);
    this.view.showUndo(state.can_undo);
    if (state.current === null) return this.rest();
    const first = isNewGuidelines(state.campaign);
    this.show(state.current, { stamped: first });
    if (first) {
      this.clock.stop();
      await this.view.showGuidelines({ first });
      this.clock.restart();
      this.unstamped = this.state.current?.token ?? null;
      this.stamp();
    }
    if (isUndo) this.view.say(this.view.text("undone_choice", { choice: this.view.choiceText(state.current.recorded) }));
  }

  /** Show a pair. `stamped`: the server hears of it in another way, or later. */
  show(pair, { stamped = false } = {}) {
    this.view.showPair(pair);
    this.draft = this.drafts.get(pair.token);
    this.view.showFlag(this.draft.flag);
    this.view.showComment(this.draft.comment);
    this.view.openComment(this.draft.comment !== "");
    this.clock.restart();
    this.shownAt = performance.now();
    this.arm(pair.token);
    this.unstamped = stamped ? null : pair.token;
    this.stamp();
    this.mark(this.isSaving ? "saving" : "ready");
  }

  /** Tell the server that the pair is on a visible screen. */
  async stamp() {
    const token = this.unstamped;
    if (token === null || !isVisible() || this.view.isDialogOpen()) return;
    this.unstamped = null;
    try {
      await post("/api/shown", { token });
    } catch (error) {
      // A later vote or the next change of visibility stamps it; only a lost session matters now.
      if (error instanceof Unreachable && this.state.current?.token === token) this.unstamped = token;
      if (error instanceof Refused && error.status === 401) this.explain(error);
    }
  }

  /** Nothing is left to compare: say why, and what can be done. */
  rest() {
    const { view, state } = this;
    this.clock.stop();
    if (state.campaign === null) {
      this.mark("empty");
      const look = { text: view.text("reload"), run: () => this.open(null) };
      const create = { text: view.text("empty_admin"), href: "/admin/" };
      view.showMessage(view.text("empty"), view.text("empty_text"), state.admin ? [create, look] : [look]);
      return;
    }
    this.mark("done");
    const others = state.campaigns
      .filter(({ id, done, total }) => id !== state.campaign.id && done < total)
      .map(({ id, name, done, total }) => ({
        text: view.text("done_other", { name, left: total - done }),
        run: () => this.open(id),
      }));
    const back = { text: view.text("done_undo"), run: () => this.undo() };
    view.showMessage(view.text("done"), view.text("done_text", state.progress), [...others, ...(state.can_undo ? [back] : [])]);
  }

  /** Let tests see from when on a verdict on this pair is taken. */
  arm(token) {
    this.root.dataset.armed = "no";
    clearTimeout(this.arming); // of an earlier showing of the same pair, whose guard begins anew
    const isSame = () => this.state?.current?.token === token;
    this.arming = setTimeout(() => isSame() && (this.root.dataset.armed = "yes"), GUARD_MS + 1);
  }

  /** Let tests and style sheets see what the page is doing. */
  mark(word) {
    this.root.dataset.state = word;
  }

  /* --- verdicts ---------------------------------------------------------------------------------------- */

  vote(choice) {
    return this.close("/api/vote", { choice });
  }

  async skip() {
    const token = this.state?.current?.token;
    if (!token) return;
    const reason = await this.view.askReason("skip");
    if (reason !== null && token === this.state.current?.token) await this.close("/api/skip", { reason });
  }

  /** Send a verdict or a skip; the next pair is on screen before the reply comes. */
  async close(path, fields) {
    const pair = this.state?.current;
    if (!pair || this.view.isDialogOpen() || performance.now() - this.shownAt < GUARD_MS) return;
    if (this.isSaving) {
      this.waiting = { token: pair.token, run: () => this.close(path, fields) };
      this.view.markChoice(fields.choice);
      this.view.say(this.view.text("saving"));
      return;
    }
    const before = { pair, next: this.state.next, seconds: this.clock.seconds() };
    const timing = path === "/api/vote" ? { seconds: Math.round(before.seconds * 10) / 10 } : {};
    const { comment, flag } = this.draft;
    const body = { token: pair.token, ...fields, ...timing, flag, comment: comment.trim() || null, showing: before.next?.token ?? null };
    this.isSaving = true;
    this.advance(before.next);
    try {
      const reply = await post(path, body, { again: true });
      this.isSaving = false;
      await this.settle(pair.token, fields.choice ?? null, reply);
    } catch (error) {
      this.isSaving = false;
      await this.restore(before, fields.choice ?? null, error);
    }
    const { waiting } = this;
    this.waiting = null;
    if (waiting && waiting.token === this.state?.current?.token) waiting.run();
  }

  /** Put the prefetched pair on screen, or wait for one. */
  advance(next) {
    this.view.warn("");
    this.state.current = next;
    this.state.next = null;
    if (next) this.show(next, { stamped: true });
    else {
      this.clock.stop();
      this.mark("loading");
      this.view.say(this.view.text("loading"));
    }
  }

  /** Take in what the server says after a verdict. */
  async settle(token, choice, reply) {
    const { state, view } = this;
    this.drafts.forget(token);
    Object.assign(state, { progress: reply.progress, next: reply.next, finished: reply.finished, can_undo: reply.can_undo });
    this.countStudy();
    view.showProgress(state.progress);
    view.showUndo(state.can_undo);
    if (reply.guidelines_version && reply.guidelines_version !== state.campaign.guidelines_version) {
      return this.open(state.campaign.id);
    }
    if (reply.current === null) {
      state.current = null;
      this.rest();
    } else if (reply.current.token === state.current?.token) this.mark("ready");
    else if (reply.current.left !== undefined) this.show((state.current = reply.current));
    else return this.open(state.campaign.id);
    this.announce(choice, reply);
    if (state.current && !state.next && state.progress.total - state.progress.done > 1) this.prefetch();
  }

  announce(choice, reply) {
    const { view } = this;
    if (reply.repeated && !(reply.retried && reply.recorded === choice)) {
      const known = reply.recorded ? view.text("repeated", { choice: view.choiceText(reply.recorded) }) : view.text("repeated_skip");
      view.say(known);
    } else if (this.state.current) {
      view.say(view.text("next_pair", { progress: view.text("progress_text", this.state.progress) }), { quiet: true });
    }
  }

  /** Keep the list of studies true, for the done page. */
  countStudy() {
    const entry = this.state.campaigns.find(({ id }) => id === this.state.campaign.id);
    if (entry) entry.done = this.state.progress.done;
  }

  /** Ask once more for a next pair when none was at hand. */
  async prefetch() {
    const token = this.state.current.token;
    try {
      const state = await post("/api/compare", { campaign: this.state.campaign.id });
      if (!this.isSaving && state.current?.token === token && this.state.current?.token === token) this.state.next = state.next;
    } catch {
      // The pair on screen is good; whatever is wrong shows when it is closed.
    }
  }

  /** Bring back a pair whose verdict was not saved. */
  async restore(before, choice, error) {
    this.waiting = null;
    if (error instanceof Refused && error.status !== 401) {
      await this.open(this.state.campaign?.id ?? null);
      this.view.warn(error.message || this.view.text("unsaved"));
      return;
    }
    Object.assign(this.state, { current: before.pair, next: before.next, finished: false });
    this.show(before.pair, { stamped: true });
    this.clock.restart(before.seconds);
    this.view.markChoice(choice ?? before.pair.recorded);
    if (error instanceof Unreachable) this.view.warn(error.message ? this.view.text("unsaved_reason", { reason: error.message }) : this.view.text("unsaved"));
    else this.explain(error);
  }

  async undo() {
    if (!this.state?.can_undo || this.view.isDialogOpen()) return;
    if (this.isSaving) {
      this.waiting = { token: this.state.current?.token, run: () => this.undo() };
      return;
    }
    this.isSaving = true;
    this.view.warn("");
    try {
      const state = await post("/api/undo", {});
      this.isSaving = false;
      await this.take(state);
      if (state.current && !state.current.recorded) this.view.say(this.view.text("undone"));
    } catch (error) {
      this.isSaving = false;
      if (error instanceof Refused && error.status !== 401) await this.open(this.state.campaign?.id ?? null);
      if (error instanceof Unreachable) this.view.warn(error.message || this.view.text("offline"));
      else if (error.status === 401) this.explain(error);
      else this.view.warn(error.message);
    }
  }

  /** Replace the page by an error: signed out, or something to try again. */
  explain(error, retry) {
    const { view } = this;
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    this.mark("error");
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
    this.view.say(reason ? this.view.text("flagged", { reason: this.view.text(`flag_${reason}`) }) : this.view.text("unflagged"), { quiet: Boolean(reason) });
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
      this.view.speak(await getTexts());
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return this.explain(error);
      return this.view.warn(error.message || this.view.text("offline"));
    }
    this.view.openMenu(false);
    this.view.showProgress(this.state.progress);
    this.view.showFlag(this.draft.flag);
    this.view.warn("");
    if (this.state.current === null) this.rest();
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
