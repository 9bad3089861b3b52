/* What a ballot shows: the question, the responses, and how they are displayed. All responses are treated alike. */

import { clearDifferences, markDifferences } from "./compare_differences.js";
import { fillContent, letKeysScroll } from "./compare_html.js";
import { Pictures, areSame, picturesOf } from "./pictures.js";

/** The least height of a question that is cut, in px. */
const LEAST_QUESTION = 152;

export class BallotPanels {
  /**
   * @param {Object<string, HTMLElement>} parts - the parts of the skeleton
   * @param {import("./compare_memory.js").Display} display - the chosen display
   * @param {(key: string, fields?: object) => string} text - the texts of the page
   * @param {{share?: number, leastPanels?: number}} room - the largest share of the page that a folded question has,
   *   and the height that an open one leaves for the responses, in px
   */
  constructor(parts, display, text, { share = 0.42, leastPanels = 224 } = {}) {
    Object.assign(this, { parts, display, text, share, leastPanels });
    this.answers = [];
    this.ballot = null;
    this.source = null;
    this.pictures = new Pictures(text);
    new ResizeObserver(() => this.fit()).observe(parts.main);
  }

  /** Take the elements that hold the responses, in the order shown. */
  setAnswers(answers) {
    this.answers = answers;
    for (const side of answers) side.addEventListener("scroll", () => this.follow(side), { passive: true });
  }

  /** Show a ballot from its top. */
  show(ballot) {
    if (this.ballot?.token !== ballot.token) this.source = null;
    this.ballot = ballot;
    this.fill(this.display.has("source") ? (this.source ?? ballot) : ballot);
  }

  /** Show the texts as they were written, if they are still wanted. */
  showSource(token, source) {
    if (this.ballot?.token !== token || !this.display.has("source")) return;
    this.source = source;
    this.fill(source);
  }

  fill(texts) {
    const responses = texts.responses ?? [texts.left, texts.right];
    const pictures = picturesOf(this.ballot);
    fillContent(this.parts.question, texts.question);
    this.parts.question.hidden = pictures.question.length > 0 && this.parts.question.textContent.trim() === "";
    this.pictures.fill(this.parts["question-pictures"], pictures.question, this.text("question"));
    const total = [...pictures.question, ...pictures.responses.flat()].filter(({ gone }) => !gone).length;
    this.parts["zoom-button"].hidden = total === 0;
    this.parts["zoom-count"].textContent = this.text("pictures_count", { total });
    this.answers.forEach((answer, place) => {
      const own = pictures.responses[place] ?? [];
      fillContent(answer, responses[place], { empty: own.length ? "" : this.text("empty_answer") });
      const turns = [...answer.querySelectorAll(":scope > .turn")];
      const isAsked = ({ turn }) => turns[turn]?.classList.contains("turn-user") ?? false;
      this.pictures.place(answer, own.filter(isAsked), this.text("question"));
      this.pictures.place(answer, own.filter((one) => !isAsked(one)), this.nameOf(place));
    });
    window.scrollTo(0, 0);
    this.fit();
    this.mark();
    letKeysScroll([this.parts.question, ...this.answers]);
  }

  /** The name of a response in words. */
  nameOf(place) {
    if (this.answers.length === 1) return this.text("response");
    return this.text("response_letter", { letter: "ABCDEF"[place] });
  }

  /** Give the question the room that the responses leave, or all that can be spared when that is chosen. */
  fit() {
    const { question, more, main } = this.parts;
    if (this.ballot === null || main.hidden) return;
    const box = this.parts["question-box"];
    const isOpen = this.display.has("question");
    const room = main.clientHeight;
    // On a phone the page scrolls as a whole; the style sheet folds the question there.
    const folded = Math.max(LEAST_QUESTION, this.share * room);
    box.classList.toggle("is-open", isOpen);
    const head = box.firstElementChild.offsetHeight + 8;
    const strip = this.parts["question-pictures"].offsetHeight;
    const whole = Math.max(question.scrollHeight, strip) + head;
    const floor = Math.min(whole, isOpen ? Math.max(folded, room - this.leastPanels) : folded);
    box.style.setProperty("--ev-floor", `${Math.max(floor, strip ? strip + head : 0)}px`);
    const isCut = question.scrollHeight > question.clientHeight + 4;
    box.classList.toggle("is-long", isCut && !isOpen);
    more.hidden = !(isCut || (isOpen && whole > folded));
    question.tabIndex = isOpen && isCut ? 0 : -1;
    if (!isOpen) question.scrollTop = 0;
    more.setAttribute("aria-expanded", String(isOpen));
    this.parts["more-text"].textContent = this.text(isOpen ? "show_less" : "show_all");
  }

  /** Scroll the other responses to the same share of their texts, if that is chosen. */
  follow(side) {
    if (!this.display.has("linked")) return;
    const range = side.scrollHeight - side.clientHeight;
    const share = range > 0 ? side.scrollTop / range : 0;
    for (const other of this.answers) {
      const target = Math.round(share * (other.scrollHeight - other.clientHeight));
      // Without this, the other side would answer with a scroll of its own.
      if (other !== side && Math.abs(other.scrollTop - target) > 2) other.scrollTop = target;
    }
  }

  /** Whether there is something for a setting of the display to do: only two responses can be set against each other. */
  canShow(name) {
    if (name === "differences") return this.answers.length === 2;
    return name !== "linked" || this.answers.length > 1;
  }

  /** Mark the differences of both responses, if that is chosen; returns what came of it. */
  mark() {
    if (this.display.has("differences") && this.canShow("differences")) {
      const outcome = markDifferences(...this.answers);
      const [left, right] = this.ballot ? picturesOf(this.ballot).responses : [[], []];
      return ["same", "marked"].includes(outcome) && !areSame(left, right) ? "pictures" : outcome;
    }
    clearDifferences();
    return "off";
  }
}
