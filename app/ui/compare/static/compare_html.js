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
