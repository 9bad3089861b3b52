/* The view of the Compare page: texts, panels, notices, dialogs. It has no rules and sends nothing.
   Dynamic content is set as text; HTML from the server goes through setSafeHtml only. */

const NOTICE_MS = 6000;
const SKIP_REASONS = ["cannot_judge", "wrong_language", "too_long", "identical", "offensive", "other"];
const FLAG_REASONS = ["empty", "refusal", "identity_leak", "wrong_language", "offensive", "broken", "other"];
const CHOICE_TEXT = { model_a: "choose_left", model_b: "choose_right", tie: "choose_tie", both_bad: "choose_both_bad" };
const HAN = /\p{Script=Han}/gu;

/** Set HTML that the server rendered and sanitised: the page's only HTML sink. */
function setSafeHtml(element, html) {
  element.innerHTML = html;
}

/** Guess the language of a text, so that browsers choose the right glyphs and voices. */
function languageOf(text) {
  const sample = text.slice(0, 2000);
  return (sample.match(HAN)?.length ?? 0) > sample.length / 10 ? "zh-CN" : "en";
}

export class View {
  /** @param {HTMLElement} root - the skeleton of compare.html */
  constructor(root) {
    this.root = root;
    this.texts = {};
    this.parts = {};
    for (const element of root.querySelectorAll("[data-part]")) this.parts[element.dataset.part] = element;
    this.choices = [...root.querySelectorAll("[data-choice]")];
    this.tools = Object.fromEntries([...root.querySelectorAll("[data-tool]")].map((tool) => [tool.dataset.tool, tool]));
    this.parts.more.addEventListener("click", () => this.openQuestion(!this.isQuestionOpen()));
    this.parts["menu-button"].addEventListener("click", () => this.openMenu(!this.parts.menu.classList.contains("is-open")));
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
    this.openQuestion(this.isQuestionOpen());
    this.root.hidden = false;
  }

  /** Return a text with its placeholders filled; the key itself if the text is missing. */
  text(key, fields = {}) {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (blank, name) => fields[name] ?? blank);
  }

  choiceText(choice) {
    return this.text(CHOICE_TEXT[choice] ?? choice);
  }

  /** Show what belongs to the campaign. */
  showCampaign({ campaign, campaigns, example, admin }) {
    this.parts.campaign.textContent = campaign?.name ?? "";
    this.parts.campaign.hidden = campaigns.length > 1;
    this.parts.picker.hidden = campaigns.length < 2;
    this.parts.campaigns.replaceChildren(
      ...campaigns.map(({ id, name }) => new Option(name, String(id), false, id === campaign?.id)),
    );
    this.parts.example.hidden = !example;
    this.parts.admin.hidden = !admin;
    this.guidelines = campaign?.guidelines ?? "";
  }

  showProgress({ done, total }) {
    const { track, fill, count, progress } = this.parts;
    progress.style.visibility = total > 0 ? "" : "hidden";
    track.setAttribute("aria-valuemax", String(total));
    track.setAttribute("aria-valuenow", String(Math.min(done, total)));
    track.setAttribute("aria-valuetext", this.text("progress_text", { done, total }));
    fill.style.transform = `scaleX(${total > 0 ? Math.min(1, done / total) : 0})`;
    count.textContent = this.text("count", { done, total });
  }

  /** Show a pair from the top, with the vote that was taken back, if any. */
  showPair(pair) {
    this.parts.main.hidden = this.parts.bar.hidden = false;
    this.parts.message.hidden = true;
    for (const part of ["question", "left", "right"]) {
      const element = this.parts[part];
      setSafeHtml(element, pair[part]);
      const text = element.textContent.trim();
      element.lang = languageOf(text);
      const isEmpty = text === "" && part !== "question";
      element.classList.toggle("is-empty", isEmpty);
      if (isEmpty) element.textContent = this.text("empty_answer");
      element.scrollTop = element.scrollLeft = 0;
    }
    window.scrollTo(0, 0);
    this.foldQuestion();
    this.markChoice(pair.recorded);
    this.root.dataset.token = pair.token;
    requestAnimationFrame(() => setTimeout(() => this.letKeysScroll()));
  }

  /** Make wide content focusable, so that arrow keys scroll it in every browser. */
  letKeysScroll() {
    for (const part of ["question", "left", "right"]) {
      for (const box of this.parts[part].querySelectorAll("pre, .wide, .formula")) {
        if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      }
    }
  }

  /** Mark one vote button as chosen, or none. */
  markChoice(choice) {
    for (const button of this.choices) {
      if (button.dataset.choice === choice) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  }

  foldQuestion() {
    const { question, more } = this.parts;
    this.openQuestion(false);
    const isLong = question.scrollHeight > question.clientHeight + 12;
    this.parts["question-box"].classList.toggle("is-long", isLong);
    more.hidden = !isLong;
  }

  isQuestionOpen() {
    return this.parts["question-box"].classList.contains("is-open");
  }

  openQuestion(open) {
    this.parts["question-box"].classList.toggle("is-open", open);
    this.parts.question.tabIndex = open ? 0 : -1;
    this.parts.more.setAttribute("aria-expanded", String(open));
    this.parts.more.textContent = this.text(open ? "show_less" : "show_all");
    if (!open) this.parts.question.scrollTop = 0;
  }

  openMenu(open) {
    this.parts.menu.classList.toggle("is-open", open);
    this.parts["menu-button"].setAttribute("aria-expanded", String(open));
  }

  showUndo(possible) {
    this.tools.undo.disabled = !possible;
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
   */
  showMessage(title, text, actions) {
    this.parts.main.hidden = this.parts.bar.hidden = true;
    this.parts.message.hidden = false;
    this.parts["message-title"].textContent = title;
    this.parts["message-text"].textContent = text;
    this.parts["message-actions"].replaceChildren(...actions.map(makeAction));
    delete this.root.dataset.token;
    this.parts.card.focus({ preventScroll: true });
  }

  isDialogOpen() {
    return this.root.querySelector("dialog[open]") !== null;
  }

  /** Show the guidelines; resolves when they are closed. `first`: before the first pair. */
  showGuidelines({ first = false } = {}) {
    const element = this.parts.guidelines;
    if (this.guidelines) setSafeHtml(element, this.guidelines);
    else element.textContent = this.text("guidelines_none");
    element.lang = languageOf(element.textContent);
    this.parts["guidelines-ok"].textContent = this.text(first ? "start" : "close");
    element.scrollTop = 0;
    return openDialog(this.parts["guidelines-dialog"]);
  }

  showHelp() {
    return openDialog(this.parts["help-dialog"]);
  }

  /** Ask for a reason to skip or flag; resolves to the reason, or to null if cancelled. */
  async askReason(kind) {
    const reasons = kind === "skip" ? SKIP_REASONS : FLAG_REASONS;
    const dialog = this.parts["reason-dialog"];
    this.parts["reason-title"].textContent = this.text(`${kind}_title`);
    this.parts["reason-lead"].textContent = this.text(`${kind}_lead`);
    this.parts["reason-ok"].textContent = this.text(`${kind}_ok`);
    this.parts.reasons.replaceChildren(...reasons.map((reason, index) => makeReason(reason, index, this.text(`${kind}_${reason}`))));
    dialog.onkeydown = (event) => {
      const radio = dialog.open && this.parts.reasons.querySelectorAll("input")[Number(event.key) - 1];
      if (radio && !event.isComposing && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        radio.checked = true;
        radio.focus();
      }
    };
    const answer = openDialog(dialog);
    this.parts.reasons.querySelector("input").focus();
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
