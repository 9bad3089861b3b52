/* What a rater sees of the own votes: a line of the history, and the own numbers. There are no names of models to show. */

/** What was voted, with its strength and reasons, as texts; null for a skip. */
export function saidOf(view, { choice, strength, reasons }) {
  if (!choice) return null;
  const parts = [view.choiceText(choice)];
  if (strength) parts.push(view.text(`strength_${strength}`));
  return [...parts, ...reasons.map((reason) => view.text(`reason_${reason}`))];
}

/**
 * The rater's own numbers as pairs of the key of a heading and a value.
 * @param {import("./compare_view.js").View} view
 * @param {{votes: number, ties: number, both_bad: number, skips: number, median_seconds: number | null}} own
 * @returns {[string, string][]}
 */
export function ownNumbers(view, own) {
  const share = (number) => (own.votes ? `${Math.round((100 * number) / own.votes)}%` : "–");
  const rows = [["own_votes", String(own.votes)]];
  if (own.median_seconds !== null) rows.push(["own_pace", view.text("seconds", { seconds: Math.round(own.median_seconds) })]);
  if (own.votes) rows.push(["own_ties", share(own.ties)], ["own_both_bad", share(own.both_bad)]);
  if (own.skips) rows.push(["own_skips", String(own.skips)]);
  return rows;
}
