/* The view of the Arena page: the conversation on screen, and what may be done with it.
   It has no rules and sends nothing. Text that is being written is set as text, never as HTML. */

import { fillContent, setSafeHtml } from "./compare_html.js";
import { PageView, make } from "./page_view.js";
import { Pictures } from "./pictures.js";
import { Zoom } from "./zoom.js";

const NEAR_END = 48;

export class LiveView extends PageView {
  /** @param {HTMLElement} root - the skeleton of live.html */
  constructor(root) {
    super(root);
    this.choices = [...root.querySelectorAll("[data-choice]")];
    this.sides = { a: this.parts.left, b: this.parts.right };
    this.panels = { fit() {} }; // the panels of this page keep their size
    this.pictures = new Pictures((key, fields) => this.text(key, fields));
    this.zoom = new Zoom(this);
    this.writing = {};
  }

  showProgress(voted) {
    const { progress, count, track } = this.parts;
    progress.style.visibility = "";
    track.hidden = true;
    count.textContent = this.text("count", { done: voted });
  }

  /** Show the beginning: no conversation, examples, the consent line. */
  showWelcome(campaign) {
    const { parts } = this;
    this.showMain(true);
    parts.welcome.hidden = false;
    parts["question-box"].hidden = parts.panels.hidden = true;
    parts.examples.replaceChildren(...(campaign?.examples ?? []).map((text) => make("button", { type: "button", class: "lv-example", dir: "auto" }, text)));
    this.showLine("");
  }

  /** Show a whole conversation; answers that are being written come by `write`. */
  showTalk(talk) {
    const { parts } = this;
    this.showMain(true);
    parts.welcome.hidden = true;
    parts["question-box"].hidden = parts.panels.hidden = false;
    this.root.dataset.token = talk.token;
    const [first, ...later] = talk.turns;
    fillContent(parts.question, first.prompt);
    this.pictures.fill(parts["question-pictures"], first.pictures ?? [], this.text("question"));
    for (const side of ["a", "b"]) {
      const panel = this.sides[side];
      const blocks = [makeBlock(first[side])];
      for (const turn of later) blocks.push(this.makePrompt(turn), makeBlock(turn[side]));
      panel.replaceChildren(...blocks.filter(Boolean));
      this.writing[side] = null;
      parts[`name-${side}`].textContent = talk.names ? talk.names[side === "a" ? 0 : 1] : "";
    }
    if (talk.state !== "writing") this.scrollToLast();
  }

  /** A later prompt with its images, which stands in both panels. */
  makePrompt({ prompt, pictures = [] }) {
    const block = makeBlock(prompt);
    this.pictures.place(block, pictures, this.text("question"));
    return block;
  }

  /** Add text to both answers. */
  write(pieces) {
    for (const side of ["a", "b"]) {
      const panel = this.sides[side];
      const isAtEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < NEAR_END;
      if (!this.writing[side]) {
        this.writing[side] = make("div", { class: "turn turn-model lv-writing", dir: "auto" });
        panel.append(this.writing[side]);
      }
      this.writing[side].append(pieces[side]);
      if (isAtEnd) panel.scrollTop = panel.scrollHeight;
    }
  }

  /** Forget what was written, because all of it comes again. */
  restartWriting() {
    for (const side of ["a", "b"]) {
      this.writing[side]?.remove();
      this.writing[side] = null;
    }
  }

  scrollToLast() {
    for (const panel of Object.values(this.sides)) {
      const last = [...panel.querySelectorAll(".turn-user")].at(-1);
      panel.scrollTop = last ? last.offsetTop - 8 : 0;
    }
  }

  showLine(text) {
    this.parts.line.textContent = text;
  }

  /** Say what may be done now. */
  enable({ ask, vote, stop, again, leave, said }) {
    const { parts, tools } = this;
    parts.ask.hidden = !ask;
    parts.choices.hidden = !vote && !said;
    for (const button of this.choices) button.disabled = !vote;
    for (const [name, may] of Object.entries({ stop, again, flag: vote, comment: vote, reasons: vote })) tools[name].hidden = !may;
    tools.new.hidden = !leave;
  }

  markChoice(choice) {
    for (const button of this.choices) {
      if (button.dataset.choice === choice) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  }

  openDetails(open) {
    this.parts.details.hidden = !open;
    this.tools.reasons.setAttribute("aria-expanded", String(open));
  }
}

function makeBlock(html) {
  if (!html) return null;
  const block = document.createElement("div");
  block.className = "lv-turn";
  setSafeHtml(block, html);
  return block;
}
