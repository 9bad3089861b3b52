/* The view of the Compare page: texts, notices, dialogs. It has no rules and sends nothing.
   Dynamic content is set as text; HTML from the server goes through setSafeHtml only. */

import { languageOf, setSafeHtml } from "./compare_html.js";
import { keyLabel } from "./compare_keys.js";
import { PairPanels } from "./compare_pair.js";

const NOTICE_MS = 6000;
const SKIP_REASONS = ["cannot_judge", "wrong_language", "too_long", "identical", "offensive", "other"];
const FLAG_REASONS = ["empty", "refusal", "identity_leak", "wrong_language", "offensive", "broken", "other"];
const CHOICE_TEXT = { model_a: "choose_a", model_b: "choose_b", tie: "choose_tie", both_bad: "choose_both_bad" };

export class View {
  /**
   * @param {HTMLElement} root - the skeleton of compare.html
   * @param {import("./compare_memory.js").Display} display - the chosen display
   */
  constructor(root, display) {
    this.root = root;
    this.texts = {};
    this.parts = {};
    for (const element of root.querySelectorAll("[data-part]")) this.parts[element.dataset.part] = element;
    this.choices = [...root.querySelectorAll("[data-choice]")];
    this.tools = Object.fromEntries([...root.querySelectorAll("[data-tool]")].map((tool) => [tool.dataset.tool, tool]));
    this.panels = new PairPanels(this.parts, display, (key) => this.text(key));
    this.parts["menu-button"].addEventListener("click", () => this.openMenu(!this.parts.menu.classList.contains("is-open")));
    this.parts["more-tools"].addEventListener("click", () => this.openTools(!this.parts["other-tools"].classList.contains("is-open")));
  }

  /** Set all fixed texts. */
  setTexts({ language, texts }) {
    this.texts = texts;
    const code = language === "zh" ? "zh-CN" : "en";
    document.documentElement.lang = code;
    this.root.lang = code;
    for (const element of this.root.querySelectorAll("[data-text]")) element.textContent = this.text(element.dataset.text);
    for (const element of this.root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", this.text(element.dataset.label));
    for (const element of this.root.querySelectorAll("[data-placeholder]")) element.placeholder = this.text(element.dataset.placeholder);
    this.parts.language.textContent = this.text("other_language");
    this.parts.language.lang = language === "zh" ? "en" : "zh-CN";
    this.root.style.setProperty("--ev-user", JSON.stringify(this.text("user_turn")));
    this.root.hidden = false;
    this.panels.fit();
  }

  /** Return a text with its placeholders filled; the key itself if the text is missing. */
  text(key, fields = {}) {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (blank, name) => fields[name] ?? blank);
  }

  choiceText(choice) {
    return this.text(CHOICE_TEXT[choice] ?? choice);
  }

  /** Show the keys on buttons and in lists. */
  showKeys(keys) {
    for (const element of this.root.querySelectorAll("[data-key]")) element.textContent = keyLabel(keys.keyOf(element.dataset.key));
    for (const element of this.root.querySelectorAll("[data-action]")) element.setAttribute("aria-keyshortcuts", keys.keyOf(element.dataset.action));
  }

  /** Show what belongs to the campaign. */
  showCampaign({ campaign, campaigns, example, admin, others }) {
    const isListed = campaign === null || campaigns.some(({ id }) => id === campaign.id);
    const listed = isListed ? campaigns : [campaign, ...campaigns];
    this.parts.campaign.textContent = campaign?.name ?? "";
    this.parts.campaign.hidden = listed.length > 1;
    this.parts.picker.hidden = listed.length < 2;
    this.parts.campaigns.replaceChildren(...listed.map(({ id, name }) => new Option(name, String(id), false, id === campaign?.id)));
    this.parts.example.hidden = !example;
    this.parts.admin.hidden = !admin;
    this.parts.others.hidden = !others;
    this.guidelines = campaign?.guidelines ?? "";
    this.parts.strength.hidden = campaign?.strength === false;
  }

  showProgress({ done, total }, inSession = 0) {
    const { track, fill, count, progress, session } = this.parts;
    progress.style.visibility = total > 0 ? "" : "hidden";
    track.setAttribute("aria-valuemax", String(Math.max(1, total)));
    track.setAttribute("aria-valuenow", String(Math.min(done, total)));
    track.setAttribute("aria-valuetext", this.text("progress_text", { done, total }));
    fill.style.transform = `scaleX(${total > 0 ? Math.min(1, done / total) : 0})`;
    count.textContent = this.text("count", { done, total });
    session.textContent = this.text("session", { number: inSession });
    session.hidden = inSession === 0;
  }

  /** Show a pair from the top, with the vote that was taken back, if any. */
  showPair(pair) {
    this.parts.main.hidden = this.parts.bar.hidden = false;
    this.parts.message.hidden = true;
    this.panels.show(pair);
    this.markChoice(pair.recorded);
    this.root.dataset.token = pair.token;
    this.keepFocus();
  }

  /** Put the focus into the page when what had it is gone. */
  keepFocus() {
    const active = document.activeElement;
    if (active && active !== document.body && active.checkVisibility?.() !== false) return;
    (this.parts.main.hidden ? this.parts.card : this.parts.main).focus({ preventScroll: true });
  }

  /** Mark one vote button as chosen, or none. */
  markChoice(choice) {
    for (const button of this.choices) {
      if (button.dataset.choice === choice) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  }

  /** Say that an old vote is being changed, and offer the way back. */
  showChanging(isChanging) {
    this.parts.changing.hidden = !isChanging;
    this.parts["changing-back"].textContent = this.text("changing_back");
    this.panels.fit();
  }

  openMenu(open) {
    this.parts.menu.classList.toggle("is-open", open);
    this.parts["menu-button"].setAttribute("aria-expanded", String(open));
  }

  openTools(open) {
    this.parts["other-tools"].classList.toggle("is-open", open);
    this.parts["more-tools"].setAttribute("aria-expanded", String(open));
  }

  /** A disabled button would lose the focus, so it only says that it does nothing. */
  showUndo(possible) {
    this.tools.undo.setAttribute("aria-disabled", String(!possible));
  }

  showFlag(reason) {
    const text = reason ? this.text("flagged", { reason: this.text(`flag_${reason}`) }) : this.text("flag");
    this.parts["flag-text"].textContent = text;
    this.tools.flag.setAttribute("aria-pressed", String(Boolean(reason)));
  }

  showComment(text) {
    if (this.parts.comment.value !== text) this.parts.comment.value = text;
    this.tools.comment.classList.toggle("has-text", text.trim() !== "");
  }

  openComment(open) {
    this.parts["comment-box"].hidden = !open;
    this.tools.comment.setAttribute("aria-expanded", String(open));
  }

  isCommentOpen() {
    return !this.parts["comment-box"].hidden;
  }

  openDetails(open, isSaid) {
    this.parts.details.hidden = !open;
    this.tools.reasons.setAttribute("aria-expanded", String(open));
    this.tools.reasons.classList.toggle("has-text", isSaid && !open);
  }

  /** Show a temporary status message. `quiet`: for screen readers only. */
  showStatus(text, { quiet = false } = {}) {
    clearTimeout(this.noticeTimer);
    this.parts.status.classList.toggle("is-quiet", quiet);
    this.parts.status.textContent = text;
    if (text) this.noticeTimer = setTimeout(() => { this.parts.status.textContent = ""; }, NOTICE_MS);
  }

  /** Show an alert that stays until the next vote. */
  showAlert(text) {
    this.showStatus("");
    this.parts.alert.textContent = text;
  }

  /**
   * Replace the pair by a message.
   * @param {string} title
   * @param {string} text
   * @param {{text: string, run?: () => void, href?: string}[]} actions - buttons, or links when they have an address
   * @param {[string, string][]} numbers - headings and values, shown between the text and the actions
   */
  showMessage(title, text, actions, numbers = []) {
    this.parts.main.hidden = this.parts.bar.hidden = true;
    this.parts.message.hidden = false;
    this.parts["message-title"].textContent = title;
    this.parts["message-text"].textContent = text;
    this.parts.own.hidden = numbers.length === 0;
    this.parts.own.replaceChildren(...numbers.map(makeNumber));
    this.parts["message-actions"].replaceChildren(...actions.map(makeAction));
    delete this.root.dataset.token;
    this.parts.card.focus({ preventScroll: true });
  }

  isDialogOpen() {
    return this.root.querySelector("dialog[open]") !== null;
  }

  /** Open a dialog by its name; resolves to its return value when it is closed. */
  async openDialog(name) {
    const answer = await openDialog(this.parts[`${name}-dialog`]);
    this.keepFocus();
    return answer;
  }

  closeDialog(name) {
    this.parts[`${name}-dialog`].close();
  }

  /** Show the guidelines; resolves when they are closed. `first`: before the first pair. */
  showGuidelines({ first = false } = {}) {
    const element = this.parts.guidelines;
    if (this.guidelines) setSafeHtml(element, this.guidelines);
    else element.textContent = this.text("guidelines_none");
    element.lang = languageOf(element.textContent);
    this.parts["guidelines-ok"].textContent = this.text(first ? "start" : "close");
    element.scrollTop = 0;
    return this.openDialog("guidelines");
  }

  /** Ask for a reason to skip or flag; resolves to the reason, or to null if cancelled. */
  async askReason(kind) {
    const reasons = kind === "skip" ? SKIP_REASONS : FLAG_REASONS;
    const dialog = this.parts["reason-dialog"];
    const list = this.parts["reason-list"];
    this.parts["reason-title"].textContent = this.text(`${kind}_title`);
    this.parts["reason-lead"].textContent = this.text(`${kind}_lead`);
    this.parts["reason-ok"].textContent = this.text(`${kind}_ok`);
    list.replaceChildren(...reasons.map((reason, index) => makeReason(reason, index, this.text(`${kind}_${reason}`))));
    dialog.onkeydown = (event) => {
      const radio = dialog.open && list.querySelectorAll("input")[Number(event.key) - 1];
      if (radio && !event.isComposing && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        radio.checked = true;
        radio.focus();
      }
    };
    const answer = this.openDialog("reason");
    list.querySelector("input").focus();
    return (await answer) === "ok" ? (dialog.querySelector("input:checked")?.value ?? null) : null;
  }
}

/** Open a dialog; resolves to its return value when it is closed. */
function openDialog(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const finish = () => {
      // The event comes late: it may still belong to an earlier opening.
      if (dialog.open) return;
      dialog.removeEventListener("close", finish);
      resolve(dialog.returnValue);
    };
    dialog.addEventListener("close", finish);
  });
}

function makeReason(reason, index, text) {
  const label = document.createElement("label");
  const radio = Object.assign(document.createElement("input"), { type: "radio", name: "reason", value: reason, required: true });
  const words = document.createElement("span");
  const key = document.createElement("kbd");
  words.textContent = text;
  key.textContent = String(index + 1);
  label.append(radio, words, key);
  return label;
}

function makeNumber([name, value]) {
  const box = document.createElement("div");
  const term = document.createElement("dt");
  const number = document.createElement("dd");
  term.textContent = name;
  number.textContent = value;
  box.append(term, number);
  return box;
}

function makeAction({ text, run, href }, index) {
  const element = document.createElement(href ? "a" : "button");
  element.textContent = text;
  if (href) element.href = href;
  else {
    element.type = "button";
    element.addEventListener("click", run);
  }
  element.classList.toggle("ev-primary", index === 0 || Boolean(href));
  return element;
}
