/* The differences of two responses, marked without touching their HTML: words that only one of them has at its place.
   Both sides are marked alike; nothing says which is better. */

const MOST_WORDS = 3000;
const WORD = /\p{Script=Han}|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;
const NAMES = ["evenhand-only-a", "evenhand-only-b"];

/** Whether this browser can mark ranges. */
export const canMark = typeof CSS !== "undefined" && "highlights" in CSS && typeof Highlight === "function";

export function clearDifferences() {
  if (canMark) for (const name of NAMES) CSS.highlights.delete(name);
}

/**
 * Mark the differences of two elements.
 * @returns {"marked" | "same" | "too_long" | "impossible"}
 */
export function markDifferences(left, right) {
  clearDifferences();
  if (!canMark) return "impossible";
  const sides = [wordsOf(left), wordsOf(right)];
  if (sides.some((words) => words.length > MOST_WORDS)) return "too_long";
  const [onlyLeft, onlyRight] = differ(sides[0].map(({ word }) => word), sides[1].map(({ word }) => word));
  if (onlyLeft.length === 0 && onlyRight.length === 0) return "same";
  [onlyLeft, onlyRight].forEach((indices, side) => {
    CSS.highlights.set(NAMES[side], new Highlight(...rangesOf(sides[side], indices)));
  });
  return "marked";
}

/** The words of an element's text with their places. */
function wordsOf(element) {
  const words = [];
  const isText = (node) => (node.parentElement.closest(".ev-picture") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, isText);
  for (let node = walker.nextNode(); node && words.length <= MOST_WORDS; node = walker.nextNode()) {
    for (const found of node.data.matchAll(WORD)) words.push({ word: found[0], node, start: found.index });
  }
  return words;
}

function rangesOf(words, indices) {
  return indices.map((index) => {
    const { word, node, start } = words[index];
    const range = new Range();
    range.setStart(node, start);
    range.setEnd(node, start + word.length);
    return range;
  });
}

/** The indices that are on no longest common subsequence of two lists: [of the first, of the second]. */
export function differ(first, second) {
  let start = 0;
  while (start < first.length && start < second.length && first[start] === second[start]) start += 1;
  let end = 0;
  while (end < Math.min(first.length, second.length) - start && first.at(-1 - end) === second.at(-1 - end)) end += 1;
  const n = first.length - start - end;
  const m = second.length - start - end;
  const width = m + 1;
  const lengths = new Uint16Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let j = m - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      const isSame = first[start + i] === second[start + j];
      lengths[here] = isSame ? lengths[here + width + 1] + 1 : Math.max(lengths[here + width], lengths[here + 1]);
    }
  }
  const only = [[], []];
  let i = 0;
  let j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && first[start + i] === second[start + j]) { i += 1; j += 1; }
    else if (j >= m || (i < n && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) { only[0].push(start + i); i += 1; }
    else { only[1].push(start + j); j += 1; }
  }
  return only;
}
