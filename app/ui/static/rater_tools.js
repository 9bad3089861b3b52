/* What the buttons of every page of raters do beside answering: history, display and the list of keys. */

import { post } from "./compare_api.js";
import { HelpDialog } from "./compare_help.js";
import { make } from "./page_view.js";

const SWITCHES = ["question", "linked", "source", "differences"];

export class RaterTools {
  /**
   * @param {object} page - the page of a rater: its state, view, keys and display
   * @param {object} help - the words of the list of keys, as `HelpDialog` takes them
   */
  constructor(page, help = {}) {
    this.page = page;
    this.view = page.view;
    this.help = new HelpDialog(page.view, page.keys, help);
    const { parts } = this.view;
    parts.more.addEventListener("click", () => this.toggle("question"));
    parts.switches.addEventListener("change", (event) => this.toggle(event.target.dataset.display));
  }

  /** Whether a button is one of those here. */
  has(tool) {
    return ["history", "display", "help", "zoom", ...SWITCHES].includes(tool);
  }

  use(tool) {
    if (tool === "history") return this.showHistory();
    if (tool === "help") return this.showHelp();
    if (tool === "display") return this.showDisplay();
    if (tool === "zoom") return this.zoom();
    return this.toggle(tool);
  }

  /* --- display ------------------------------------------------------------------------------------------- */

  showDisplay() {
    for (const box of this.view.parts.switches.querySelectorAll("[data-display]")) {
      box.checked = this.page.display.has(box.dataset.display);
      box.closest("label").hidden = !this.view.panels.canShow(box.dataset.display);
    }
    return this.view.openDialog("display");
  }

  /** Switch a part of the display on or off, for this and all ballots to come. */
  toggle(name) {
    const { display, ballot } = this.page;
    const { panels } = this.view;
    if (!panels.canShow(name)) return;
    const isOn = !display.has(name);
    display.set(name, isOn);
    if (name === "question") panels.fit();
    if (name === "linked" && isOn) panels.follow(panels.answers[0]);
    if (name === "source" && ballot) panels.show(ballot);
    if (name === "source") this.showSource();
    const outcome = name === "differences" && ballot ? panels.mark() : "";
    const said = ["same", "too_long", "impossible", "pictures"].includes(outcome) ? `differences_${outcome}` : isOn ? "switched_on" : "switched_off";
    if (name !== "question") this.view.showStatus(this.view.text(said, { what: this.view.text(`display_${name}`) }));
  }

  /** Fetch the texts of the ballot on screen as they were written, if they are wanted. */
  async showSource() {
    const { display, ballot, addresses } = this.page;
    if (!ballot || !display.has("source")) return;
    try {
      this.view.panels.showSource(ballot.token, await post(`${addresses.api}/source`, { token: ballot.token }));
    } catch (error) {
      this.page.changes.complain(error);
    }
  }

  /* --- dialogs ------------------------------------------------------------------------------------------- */

  async showHistory() {
    const { page, view } = this;
    if (!page.state?.campaign || page.isSaving) return;
    try {
      const { lines, own } = await post(`${page.addresses.api}/history`, { campaign: page.state.campaign.id });
      view.parts["history-lead"].textContent = view.text(lines.length ? "history_lead" : "history_none", own);
      view.parts["history-list"].hidden = lines.length === 0;
      view.parts["history-list"].replaceChildren(...lines.map((line) => this.makeLine(line)));
      if (!view.isDialogOpen()) await view.openDialog("history");
    } catch (error) {
      page.changes.complain(error);
    }
  }

  /** One line of the history; that of an answer opens its ballot again. */
  makeLine(line) {
    const { view, page } = this;
    const said = page.saidOf(line);
    const entry = make(said ? "button" : "div", said ? { type: "button", class: "ev-history-line" } : { class: "ev-history-line" });
    if (said) {
      entry.addEventListener("click", () => {
        view.closeDialog("history");
        page.changes.open(line.token);
      });
    }
    const parts = said ?? [view.text("history_skipped")];
    if (line.flag) parts.push(view.text("flagged", { reason: view.text(`flag_${line.flag}`) }));
    entry.append(
      make("span", { class: "ev-history-choice" }, parts.join(" · ")),
      this.makeQuestion(line),
      make("span", { class: "ev-history-time" }, timeOf(view, line.at)),
    );
    const item = make("li");
    item.append(entry);
    return item;
  }

  makeQuestion({ question, pictures = [] }) {
    const element = make("span", { class: "ev-history-question", dir: "auto" });
    element.append(...this.view.panels.pictures.thumbnails(pictures), question);
    return element;
  }

  /** Enlarge the first image of the ballot on screen. */
  zoom() {
    if (!this.view.zoom.open()) this.view.showStatus(this.view.text("zoom_none"));
  }

  async showHelp() {
    this.help.fill();
    await this.view.openDialog("help");
    this.help.stop();
  }
}

function timeOf(view, at) {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  const form = isToday ? { hour: "2-digit", minute: "2-digit" } : { month: "short", day: "numeric" };
  return time.toLocaleString(view.root.lang, form);
}
