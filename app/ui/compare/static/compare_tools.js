/* What the buttons beside the vote do: skip, flag, comment, reasons, history, display, help, language. */

import { Refused, getTexts, post } from "./compare_api.js";
import { HelpDialog } from "./compare_help.js";
import { fillHistory } from "./compare_own.js";

const SWITCHES = ["question", "linked", "source", "differences"];

export class Tools {
  /** @param {object} page - the Compare page: its state, view, draft and display */
  constructor(page) {
    this.page = page;
    this.view = page.view;
    this.help = new HelpDialog(page.view, page.keys);
    const { parts, tools } = this.view;
    for (const [tool, button] of Object.entries(tools)) button.addEventListener("click", () => this.use(tool));
    parts.more.addEventListener("click", () => this.toggle("question"));
    parts.language.addEventListener("click", () => this.switchLanguage());
    parts.comment.addEventListener("input", (event) => page.keepDraft({ comment: event.target.value }));
    parts.comment.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.closeComment();
    });
    parts["comment-close"].addEventListener("click", () => this.closeComment());
    parts.switches.addEventListener("change", (event) => this.toggle(event.target.dataset.display));
  }

  use(tool) {
    this.view.openTools(false);
    if (this.view.isDialogOpen()) return undefined;
    if (tool === "undo") return this.page.undo();
    if (tool === "history") return this.showHistory();
    if (tool === "help") return this.showHelp();
    if (tool === "guidelines") return this.view.showGuidelines();
    if (tool === "display") return this.showDisplay();
    if (SWITCHES.includes(tool)) return this.toggle(tool);
    if (!this.page.pair) return undefined;
    if (tool === "skip") return this.skip();
    if (tool === "flag") return this.flag();
    if (tool === "reasons") return this.openDetails(this.view.parts.details.hidden, { keep: true });
    if (this.view.isCommentOpen()) return this.closeComment();
    this.view.openComment(true);
    return this.view.parts.comment.focus();
  }

  async skip() {
    const { page } = this;
    const token = page.state?.current?.token;
    if (!token || page.changes.pair) return;
    const reason = await this.view.askReason("skip");
    if (reason !== null && token === page.state.current?.token) await page.closeBallot("/api/skip", { reason });
  }

  async flag() {
    const { page } = this;
    const { token } = page.pair;
    const reason = page.draft.flag ? null : await this.view.askReason("flag");
    if (token !== page.pair?.token || (reason === null && !page.draft.flag)) return;
    page.keepDraft({ flag: reason });
    this.view.showFlag(reason);
    const text = reason ? this.view.text("flagged", { reason: this.view.text(`flag_${reason}`) }) : this.view.text("unflagged");
    this.view.showStatus(text, { quiet: Boolean(reason) });
  }

  /** Open or close the row of reasons; `keep`: also for the pairs to come. */
  openDetails(open, { keep = false } = {}) {
    const { draft, display } = this.page;
    if (keep) display.set("details", open);
    this.view.openDetails(open, Boolean(draft.strength || draft.reasons.length));
    this.view.panels.fit();
  }

  closeComment() {
    this.view.openComment(false);
    this.view.tools.comment.focus({ preventScroll: true });
  }

  /* --- display ------------------------------------------------------------------------------------------- */

  showDisplay() {
    for (const box of this.view.parts.switches.querySelectorAll("[data-display]")) box.checked = this.page.display.has(box.dataset.display);
    return this.view.openDialog("display");
  }

  /** Switch a part of the display on or off, for this and all pairs to come. */
  toggle(name) {
    const { display, pair } = this.page;
    const isOn = !display.has(name);
    display.set(name, isOn);
    const { panels } = this.view;
    if (name === "question") panels.fit();
    if (name === "linked" && isOn) panels.follow(this.view.parts.left);
    if (name === "source" && pair) panels.show(pair);
    if (name === "source") this.showSource();
    const outcome = name === "differences" && pair ? panels.mark() : "";
    const said = ["same", "too_long", "impossible"].includes(outcome) ? `differences_${outcome}` : isOn ? "switched_on" : "switched_off";
    if (name !== "question") this.view.showStatus(this.view.text(said, { what: this.view.text(`display_${name}`) }));
  }

  /** Fetch the texts of the pair on screen as they were written, if they are wanted. */
  async showSource() {
    const { display, pair } = this.page;
    if (!pair || !display.has("source")) return;
    try {
      this.view.panels.showSource(pair.token, await post("/api/source", { token: pair.token }));
    } catch (error) {
      this.page.changes.complain(error);
    }
  }

  /* --- dialogs ------------------------------------------------------------------------------------------- */

  async showHistory() {
    const { page } = this;
    if (!page.state?.campaign || page.isSaving) return;
    try {
      const history = await post("/api/history", { campaign: page.state.campaign.id });
      fillHistory(this.view, history, (token) => {
        this.view.closeDialog("history");
        page.changes.open(token);
      });
      if (!this.view.isDialogOpen()) await this.view.openDialog("history");
    } catch (error) {
      page.changes.complain(error);
    }
  }

  async showHelp() {
    this.help.fill();
    await this.view.openDialog("help");
    this.help.stop();
  }

  async switchLanguage() {
    const { page, view } = this;
    const language = page.root.lang.startsWith("zh") ? "en" : "zh";
    try {
      await post("/api/language", { language });
      view.setTexts(await getTexts());
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return page.showError(error);
      return view.showAlert(error.message || view.text("offline"));
    }
    view.openMenu(false);
    view.showFlag(page.draft.flag);
    view.showAlert("");
    view.showChanging(page.changes.pair !== null);
    if (page.state === null) return undefined;
    page.showProgress();
    if (page.pair === null) page.showEnd();
    return undefined;
  }
}
