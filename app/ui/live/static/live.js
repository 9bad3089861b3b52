/* The Arena page: prompts, two answers at one pace, votes, names.
   The server decides everything; a reload or a second tab continues the same conversation. */

import { post } from "./compare_api.js";
import { startIn, tenths } from "./ballot_page.js";
import { Details } from "./compare_details.js";
import { Drafts, NO_DRAFT, VisibleClock, isNewGuidelines } from "./compare_drafts.js";
import { isForThePage } from "./compare_keys.js";
import { Attachments } from "./live_attachments.js";
import { inSite } from "./site.js";
import { TalkPage } from "./talk_page.js";

const TOOL_KEYS = { x: "stop", a: "again", e: "new", f: "flag", c: "comment", r: "reasons", g: "guidelines", "?": "help" };
const CHOICE_KEYS = { 1: "model_a", 2: "model_b", 3: "tie", 4: "both_bad" };
const CHOICE_TEXT = { model_a: "choose_a", model_b: "choose_b", tie: "choose_tie", both_bad: "choose_both_bad" };

class Live extends TalkPage {
  constructor(root) {
    super(root, "/api/live", "/arena");
    this.drafts = new Drafts();
    this.details = new Details(root, (change) => this.keepDraft(change));
    this.attachments = new Attachments(this.view, () => this.refusal());
    this.clock = new VisibleClock();
    this.draft = NO_DRAFT;
    this.state = null;
  }

  listen() {
    super.listen();
    const { parts, choices } = this.view;
    for (const button of choices) button.addEventListener("click", () => this.vote(button.dataset.choice));
    parts.examples.addEventListener("click", (event) => {
      const text = event.target.closest("button")?.textContent;
      if (!text) return;
      parts.prompt.value = text;
      parts.prompt.focus();
    });
    parts.publish.addEventListener("change", () => this.consent());
    parts.campaigns.addEventListener("change", (event) => this.open(Number(event.target.value)));
    parts.comment.addEventListener("input", (event) => this.keepDraft({ comment: event.target.value }));
    parts["comment-close"].addEventListener("click", () => this.view.openComment(false));
  }

  press(event) {
    if (!isForThePage(event, this.view) || event.repeat) return;
    const key = event.key.toLowerCase();
    const choice = CHOICE_KEYS[key];
    if (choice === undefined && !(key in TOOL_KEYS) && !["p", "n", "m", "i", "z"].includes(key)) return;
    event.preventDefault();
    if (choice) this.vote(choice);
    else if (key === "p") this.view.parts.prompt.focus();
    else if (key === "i") this.view.parts.ask.hidden || this.attachments.choose();
    else if (key === "z") this.view.zoom.open() || this.view.showStatus(this.view.text("zoom_none"));
    else if (key === "n" || key === "m") this.talk?.state === "ready" && this.details.toggleStrength(key === "n" ? 1 : 2);
    else if (!this.view.tools[TOOL_KEYS[key]].hidden) this.use(TOOL_KEYS[key]);
  }

  /* --- what is on screen ------------------------------------------------------------------------------ */

  async open(campaign = null) {
    this.follow(null);
    this.root.dataset.state = "loading";
    try {
      this.state = await post("/api/live/state", { campaign });
    } catch (error) {
      return this.showError(error, () => this.open(campaign));
    }
    const { view, state } = this;
    view.showCampaign(state);
    view.showProgress(state.voted);
    if (state.campaign === null) {
      this.root.dataset.state = "empty";
      const links = state.admin ? [{ text: view.text("empty_admin"), href: inSite("/admin/") }] : [{ text: view.text("other_kind"), href: inSite("/") }];
      return view.showMessage(view.text("none"), view.text("none_text"), links);
    }
    this.show(state.conversation);
    if (isNewGuidelines(state.campaign)) await view.showGuidelines({ first: true });
    return undefined;
  }

  /** Show a conversation, or the beginning for null. */
  show(talk) {
    const { view } = this;
    this.talk = talk;
    view.showAlert("");
    this.attachments.show(this.state.campaign.images, this.state.campaign.id, talk?.token);
    view.parts.prompt.placeholder = view.text(talk ? "prompt_next" : "prompt_hint");
    view.parts["category-box"].hidden = talk !== null;
    view.parts["publish-box"].hidden = talk !== null && talk.turns.length > 1;
    view.parts.consent.hidden = talk !== null;
    if (talk === null) {
      this.draft = NO_DRAFT;
      view.parts.publish.checked = false;
      view.parts.category.value = "";
      view.showWelcome(this.state.campaign);
      view.enable({ ask: true });
      view.openDetails(false);
      this.root.dataset.state = "welcome";
      view.parts.prompt.focus({ preventScroll: true });
      return;
    }
    view.showTalk(talk);
    view.parts.publish.checked = talk.publishable;
    const isWriting = talk.state === "writing";
    const isReady = talk.state === "ready";
    view.enable({ ask: isReady && talk.may_go_on, vote: isReady, stop: isWriting, again: isReady, leave: !isWriting, said: talk.state === "voted" });
    this.showDraft(talk);
    view.markChoice(talk.winner ?? null);
    this.root.dataset.state = talk.state;
    if (isWriting) {
      view.showLine(view.text("waiting"));
      this.follow(talk.token);
    } else view.showLine(this.lineOf(talk));
    if (isReady) this.clock.restart();
  }

  showDraft(talk) {
    this.draft = talk.state === "ready" ? this.drafts.get(talk) : NO_DRAFT;
    this.details.show(this.draft);
    this.view.showFlag(this.draft.flag);
    this.view.showComment(this.draft.comment);
    this.view.openComment(talk.state === "ready" && this.draft.comment !== "");
    if (talk.state !== "ready") this.view.openDetails(false);
  }

  /** Why no image can be attached to the next prompt, as the key of a text; null if one can. */
  refusal() {
    const { refusal } = this.state.campaign.images;
    if (refusal) return `attach_${refusal}`;
    return this.talk !== null && !this.talk.may_attach ? "attach_first" : null;
  }

  lineOf(talk) {
    const { view } = this;
    if (talk.state === "ended") return view.text(`ended_${talk.cause}`);
    if (talk.state === "ready") return view.text(talk.may_go_on ? "ready" : "turns_none");
    const choice = view.text(CHOICE_TEXT[talk.winner]);
    const said = talk.names ? view.text("revealed", { choice, a: talk.names[0], b: talk.names[1] }) : view.text("voted", { choice });
    return talk.void ? `${said} ${view.text("voted_void")}` : said;
  }

  /* --- what the rater does ---------------------------------------------------------------------------- */

  ask() {
    const { prompt, publish, category } = this.view.parts;
    const text = prompt.value;
    const { attachments, view } = this;
    const sent = attachments.sent;
    if (this.talk !== null && !this.talk.may_go_on) return undefined;
    if (attachments.waiting > 0) return view.showAlert(view.text("attach_wait"));
    if (text.trim() === "") return sent.pictures.length ? view.showAlert(view.text("attach_needs_text")) : undefined;
    const then = (talk) => {
      prompt.value = "";
      attachments.clear();
      this.show(talk);
    };
    if (this.talk === null) return this.send("/begin", { campaign: this.state.campaign.id, prompt: text, ...sent, publishable: publish.checked, category: category.value || null }, then);
    return this.send("/go-on", { token: this.talk.token, prompt: text, ...sent }, then);
  }

  vote(choice) {
    if (this.talk?.state !== "ready" || this.view.isDialogOpen()) return undefined;
    const { token } = this.talk;
    const body = { token, choice, ...Details.fields(this.draft, choice), flag: this.draft.flag, comment: this.draft.comment.trim() || null };
    const timing = { seconds: tenths(this.clock.seconds()), hidden_seconds: tenths(this.clock.hiddenSeconds()) };
    this.view.markChoice(choice);
    return this.send("/vote", { ...body, ...timing }, (talk) => {
      this.drafts.forget(token);
      this.clock.stop();
      this.state.voted += 1;
      this.view.showProgress(this.state.voted);
      this.show(talk);
      this.view.tools.new.focus({ preventScroll: true });
    });
  }

  async use(tool) {
    const { view, talk } = this;
    if (view.isDialogOpen()) return undefined;
    if (tool === "help") return view.showHelp();
    if (tool === "guidelines") return view.showGuidelines();
    if (talk === null) return undefined;
    if (tool === "stop") return this.send("/stop", { token: talk.token }, () => view.showLine(view.text("stopped")));
    if (tool === "again") return this.send("/again", { token: talk.token }, (again) => this.show(again));
    if (tool === "new") return this.leave();
    if (tool === "reasons") return view.openDetails(view.parts.details.hidden);
    if (tool === "flag") return this.flag();
    if (tool === "comment") {
      view.openComment(!view.isCommentOpen());
      return view.isCommentOpen() && view.parts.comment.focus();
    }
    return undefined;
  }

  async leave() {
    if (this.talk.state !== "ready") return this.show(null);
    if ((await this.view.openDialog("leave")) !== "ok") return undefined;
    return this.send("/leave", { token: this.talk.token }, () => this.show(null));
  }

  async flag() {
    const reason = this.draft.flag ? null : await this.view.askReason("flag");
    if (reason === null && !this.draft.flag) return;
    this.keepDraft({ flag: reason });
    this.view.showFlag(reason);
  }

  consent() {
    if (this.talk === null) return undefined;
    return this.send("/consent", { token: this.talk.token, publishable: this.view.parts.publish.checked }, () => {});
  }

  keepDraft(change) {
    if (this.talk?.state !== "ready") return;
    this.draft = { ...this.draft, ...change };
    this.drafts.put(this.talk.token, this.draft);
    this.view.showComment(this.draft.comment);
  }
}

startIn("ev-live", Live);
