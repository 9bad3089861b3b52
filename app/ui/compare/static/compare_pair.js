/* The pair on screen: the question, both responses, and how they are displayed. Both sides are treated alike. */

import { clearDifferences, markDifferences } from "./compare_differences.js";
import { fillContent, letKeysScroll } from "./compare_html.js";

const PARTS = ["question", "left", "right"];
/** The least height of a question that is cut, in px, and its largest share of the page when the responses need all. */
const LEAST_QUESTION = 152;
const QUESTION_SHARE = 0.42;
const LEAST_PANELS = 224;

export class PairPanels {
  /**
   * @param {Object<string, HTMLElement>} parts - the parts of the skeleton
   * @param {import("./compare_memory.js").Display} display - the chosen display
   * @param {(key: string) => string} text - the texts of the page
   */
  constructor(parts, display, text) {
    this.parts = parts;
    this.display = display;
    this.text = text;
    this.pair = null;
    this.source = null;
    new ResizeObserver(() => this.fit()).observe(parts.main);
    for (const side of [parts.left, parts.right]) side.addEventListener("scroll", () => this.follow(side), { passive: true });
  }

  /** Show a pair from its top. */
  show(pair) {
    if (this.pair?.token !== pair.token) this.source = null;
    this.pair = pair;
    this.fill(this.display.has("source") ? (this.source ?? pair) : pair);
  }

  /** Show the texts as they were written, if they are still wanted. */
  showSource(token, source) {
    if (this.pair?.token !== token || !this.display.has("source")) return;
    this.source = source;
    this.fill(source);
  }

  fill(texts) {
    for (const part of PARTS) {
      fillContent(this.parts[part], texts[part], { empty: part === "question" ? "" : this.text("empty_answer") });
    }
    window.scrollTo(0, 0);
    this.fit();
    this.mark();
    letKeysScroll(PARTS.map((part) => this.parts[part]));
  }

  /** Give the question the room that the responses leave, or all that can be spared when that is chosen. */
  fit() {
    const { question, more, main } = this.parts;
    if (this.pair === null || main.hidden) return;
    const box = this.parts["question-box"];
    const isOpen = this.display.has("question");
    const room = main.clientHeight;
    // On a phone the page scrolls as a whole; the style sheet folds the question there.
    const folded = Math.max(LEAST_QUESTION, QUESTION_SHARE * room);
    box.classList.toggle("is-open", isOpen);
    const whole = question.scrollHeight + box.firstElementChild.offsetHeight + 8;
    box.style.setProperty("--ev-floor", `${Math.min(whole, isOpen ? Math.max(folded, room - LEAST_PANELS) : folded)}px`);
    const isCut = question.scrollHeight > question.clientHeight + 4;
    box.classList.toggle("is-long", isCut && !isOpen);
    more.hidden = !(isCut || (isOpen && whole > folded));
    question.tabIndex = isOpen && isCut ? 0 : -1;
    if (!isOpen) question.scrollTop = 0;
    more.setAttribute("aria-expanded", String(isOpen));
    this.parts["more-text"].textContent = this.text(isOpen ? "show_less" : "show_all");
  }

  /** Scroll the other response to the same share of its text, if that is chosen. */
  follow(side) {
    if (!this.display.has("linked")) return;
    const other = side === this.parts.left ? this.parts.right : this.parts.left;
    const range = side.scrollHeight - side.clientHeight;
    const target = range > 0 ? Math.round((side.scrollTop / range) * (other.scrollHeight - other.clientHeight)) : 0;
    // Without this, the other side would answer with a scroll of its own.
    if (Math.abs(other.scrollTop - target) > 2) other.scrollTop = target;
  }

  /** Mark the differences of both responses, if that is chosen; returns what came of it. */
  mark() {
    if (this.display.has("differences")) return markDifferences(this.parts.left, this.parts.right);
    clearDifferences();
    return "off";
  }
}
