/* What every page of raters shows around its ballots: texts, progress, notices, messages, dialogs.
   It has no rules and sends nothing. Dynamic content is set as text; HTML from the server goes through setSafeHtml. */

import { markLanguages, setSafeHtml } from "./compare_html.js";

const NOTICE_MS = 6000;
const SKIP_REASONS = ["cannot_judge", "wrong_language", "too_long", "identical", "offensive", "other"];
const FLAG_REASONS = ["empty", "refusal", "identity_leak", "wrong_language", "offensive", "broken", "other"];

/** Make an element with attributes and a text. */
export function make(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

export class PageView {
  /** @param {HTMLElement} root - the skeleton of a page; its parts have names */
  constructor(root) {
    this.root = root;
    this.texts = {};
    this.parts = {};
    for (const element of root.querySelectorAll("[data-part]")) this.parts[element.dataset.part] = element;
    this.tools = Object.fromEntries([...root.querySelectorAll("[data-tool]")].map((tool) => [tool.dataset.tool, tool]));
    this.parts["menu-button"].addEventListener("click", () => this.openMenu(!this.parts.menu.classList.contains("is-open")));
  }

  /** Set all fixed texts. */
  setTexts({ language, texts }) {
    this.texts = texts;
    const code = language === "zh" ? "zh-CN" : "en";
    document.documentElement.lang = this.root.lang = code;
    for (const element of this.root.querySelectorAll("[data-text]")) element.textContent = this.text(element.dataset.text);
    for (const element of this.root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", this.text(element.dataset.label));
    for (const element of this.root.querySelectorAll("[data-placeholder]")) element.placeholder = this.text(element.dataset.placeholder);
    this.parts.language.textContent = this.text("other_language");
    this.parts.language.lang = language === "zh" ? "en" : "zh-CN";
    this.root.style.setProperty("--ev-user", JSON.stringify(this.text("user_turn")));
    this.root.hidden = false;
  }

  /** Return a text with its placeholders filled; the key itself if the text is missing. */
  text(key, fields = {}) {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (blank, name) => fields[name] ?? blank);
  }

  /** Show what belongs to the campaign. */
  showCampaign({ campaign, campaigns, example, admin, others, live }) {
    const isListed = campaign === null || campaigns.some(({ id }) => id === campaign.id);
    const listed = isListed ? campaigns : [campaign, ...campaigns];
    this.parts.campaign.textContent = campaign?.name ?? "";
    this.parts.campaign.hidden = listed.length > 1;
    this.parts.picker.hidden = listed.length < 2;
    this.parts.campaigns.replaceChildren(...listed.map(({ id, name }) => new Option(name, String(id), false, id === campaign?.id)));
    this.parts.example.hidden = !(example ?? campaign?.example);
    this.parts.admin.hidden = !admin;
    this.parts.others.hidden = !others;
    this.parts.live.hidden = !live;
    this.guidelines = campaign?.guidelines ?? "";
  }

  showProgress({ done, total }) {
    const { track, fill, count, progress } = this.parts;
    progress.style.visibility = total > 0 ? "" : "hidden";
    track.setAttribute("aria-valuemax", String(Math.max(1, total)));
    track.setAttribute("aria-valuenow", String(Math.min(done, total)));
    track.setAttribute("aria-valuetext", this.text("progress_text", { done, total }));
    fill.style.transform = `scaleX(${total > 0 ? Math.min(1, done / total) : 0})`;
    count.textContent = this.text("count", { done, total });
  }

  /** Show the ballot's part of the page, or the message's. */
  showMain(isShown) {
    this.parts.main.hidden = this.parts.bar.hidden = !isShown;
    this.parts.message.hidden = isShown;
  }

  openMenu(open) {
    this.parts.menu.classList.toggle("is-open", open);
    this.parts["menu-button"].setAttribute("aria-expanded", String(open));
  }

  /** A disabled button would lose the focus, so it only says that it does nothing. */
  showUndo(possible) {
    this.tools.undo.setAttribute("aria-disabled", String(!possible));
  }

  showFlag(reason) {
    this.parts["flag-text"].textContent = reason ? this.text("flagged", { reason: this.text(`flag_${reason}`) }) : this.text("flag");
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

  /** Show a temporary status message. `quiet`: for screen readers only. */
  showStatus(text, { quiet = false } = {}) {
    clearTimeout(this.noticeTimer);
    this.parts.status.classList.toggle("is-quiet", quiet);
    this.parts.status.textContent = text;
    if (text) this.noticeTimer = setTimeout(() => { this.parts.status.textContent = ""; }, NOTICE_MS);
  }

  /** Show an alert that stays until the next answer. */
  showAlert(text) {
    this.showStatus("");
    this.parts.alert.textContent = text;
  }

  /**
   * Replace the ballot by a message.
   * @param {string} title
   * @param {string} text
   * @param {{text: string, run?: () => void, href?: string}[]} actions - buttons, or links when they have an address
   */
  showMessage(title, text, actions) {
    this.showMain(false);
    this.parts["message-title"].textContent = title;
    this.parts["message-text"].textContent = text;
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

  /** Put the focus into the page when what had it is gone. */
  keepFocus() {}

  /** Show the guidelines; resolves when they are closed. `first`: before the first ballot. */
  showGuidelines({ first = false } = {}) {
    const element = this.parts.guidelines;
    if (this.guidelines) setSafeHtml(element, this.guidelines);
    else element.textContent = this.text("guidelines_none");
    markLanguages(element);
    this.parts["guidelines-ok"].textContent = this.text(first ? "start" : "close");
    element.scrollTop = 0;
    return this.openDialog("guidelines");
  }

  showHelp() {
    return this.openDialog("help");
  }

  /** The reasons to skip what is shown. */
  skipReasons() {
    return SKIP_REASONS;
  }

  /** Ask for a reason to skip or flag; resolves to the reason, or to null if cancelled. */
  async askReason(kind) {
    const reasons = kind === "skip" ? this.skipReasons() : FLAG_REASONS;
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
  const label = make("label");
  const radio = Object.assign(make("input"), { type: "radio", name: "reason", value: reason, required: true });
  label.append(radio, make("span", {}, text), make("kbd", {}, String(index + 1)));
  return label;
}

function makeAction({ text, run, href }, index) {
  const element = make(href ? "a" : "button", href ? { href } : { type: "button" }, text);
  if (!href) element.addEventListener("click", run);
  element.classList.toggle("ev-primary", index === 0 || Boolean(href));
  return element;
}
