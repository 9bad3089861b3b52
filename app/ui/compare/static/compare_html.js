/* The page's only HTML sink, and what is guessed from a text. */

const HAN = /\p{Script=Han}/gu;
const OTHERS = [
  ["ar", /\p{Script=Arabic}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
];

/** Set HTML that the server rendered and sanitised. */
export function setSafeHtml(element, html) {
  element.innerHTML = html;
}

/** Guess the language of a text, so that browsers choose the right glyphs and voices. */
export function languageOf(text) {
  const sample = text.slice(0, 2000);
  const isIn = (letters) => (sample.match(letters)?.length ?? 0) > sample.length / 10;
  return OTHERS.find(([, letters]) => isIn(letters))?.[0] ?? (isIn(HAN) ? "zh-CN" : "en");
}

/** Guess the language of each part of guidelines; thematic breaks stand between parts. */
export function markLanguages(element) {
  let part = [];
  for (const block of [...element.children, null]) {
    if (block !== null && block.localName !== "hr") {
      part.push(block);
      continue;
    }
    const language = languageOf(part.map((one) => one.textContent).join(" "));
    for (const one of part) one.lang = language;
    part = [];
  }
}

/** Fill an element with rendered text, from its top. `empty`: what stands for no text, if anything does. */
export function fillContent(element, html, { empty = "" } = {}) {
  setSafeHtml(element, html);
  const words = element.textContent.trim();
  element.lang = languageOf(words);
  const isEmpty = words === "" && empty !== "";
  element.classList.toggle("is-empty", isEmpty);
  if (isEmpty) element.textContent = empty;
  element.scrollTop = element.scrollLeft = 0;
}

/** Make wide content focusable once it is laid out, so that arrow keys scroll it in every browser. */
export function letKeysScroll(elements) {
  requestAnimationFrame(() => setTimeout(() => {
    for (const element of elements) {
      for (const box of element.querySelectorAll("pre, .wide, .formula")) {
        if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      }
    }
  }));
}
