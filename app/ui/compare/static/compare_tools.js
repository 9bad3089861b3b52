/* What the buttons do that only the Compare page has: reasons, history, display and the list of keys. */

import { post } from "./compare_api.js";
import { HelpDialog } from "./compare_help.js";
import { fillHistory } from "./compare_own.js";

const SWITCHES = ["question", "linked", "source", "differences"];
const OWN = ["reasons", "history", "display", "help", ...SWITCHES];

export class Tools {
  /** @param {object} page - the Compare page: its state, view, draft and display */
  constructor(page) {
    this.page = page;
    this.view = page.view;
    this.help = new HelpDialog(page.view, page.keys);
    const { parts } = this.view;
    parts.more.addEventListener("click", () => this.toggle("question"));
    parts.switches.addEventListener("change", (event) => this.toggle(event.target.dataset.display));
  }

  /** Whether a button is one of those here. */
  has(tool) {
    return OWN.includes(tool);
  }

  use(tool) {
    if (tool === "history") return this.showHistory();
    if (tool === "help") return this.showHelp();
    if (tool === "display") return this.showDisplay();
    if (SWITCHES.includes(tool)) return this.toggle(tool);
    return this.page.ballot && this.openDetails(this.view.parts.details.hidden, { keep: true });
  }

  /** Open or close the row of reasons; `keep`: also for the pairs to come. */
  openDetails(open, { keep = false } = {}) {
    const { draft, display } = this.page;
    if (keep) display.set("details", open);
    this.view.openDetails(open, Boolean(draft.strength || draft.reasons.length));
    this.view.panels.fit();
  }

  /* --- display ------------------------------------------------------------------------------------------- */

  showDisplay() {
    for (const box of this.view.parts.switches.querySelectorAll("[data-display]")) box.checked = this.page.display.has(box.dataset.display);
    return this.view.openDialog("display");
  }

  /** Switch a part of the display on or off, for this and all pairs to come. */
  toggle(name) {
    const { display, ballot: pair } = this.page;
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
    const { display, ballot: pair } = this.page;
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
}
