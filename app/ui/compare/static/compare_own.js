/* What a rater sees of the own work: the history of votes, whose lines open a pair again, and the own numbers.
   There are no names of models to show. */

/**
 * Fill the list of the history dialog.
 * @param {import("./compare_view.js").View} view - texts and the parts of the dialog
 * @param {{lines: object[], own: object}} history - the reply of /api/history
 * @param {(token: string) => void} open - opens a vote again
 */
export function fillHistory(view, { lines, own }, open) {
  view.parts["history-lead"].textContent = lines.length ? view.text("history_lead", own) : view.text("history_none");
  view.parts["history-list"].hidden = lines.length === 0;
  view.parts["history-list"].replaceChildren(...lines.map((line) => makeLine(view, line, open)));
}

function makeLine(view, line, open) {
  const item = document.createElement("li");
  const entry = document.createElement(line.choice ? "button" : "div");
  if (line.choice) {
    entry.type = "button";
    entry.addEventListener("click", () => open(line.token));
  }
  entry.className = "ev-history-line";
  entry.append(
    makeSpan("ev-history-choice", saidOf(view, line)),
    makeSpan("ev-history-question", line.question, "auto"),
    makeSpan("ev-history-time", timeOf(view, line.at)),
  );
  item.append(entry);
  return item;
}

/** What was voted, with its strength, reasons and flag. */
function saidOf(view, { choice, strength, reasons, flag }) {
  const parts = [choice ? view.choiceText(choice) : view.text("history_skipped")];
  if (strength) parts.push(view.text(`strength_${strength}`));
  parts.push(...reasons.map((reason) => view.text(`reason_${reason}`)));
  if (flag) parts.push(view.text("flagged", { reason: view.text(`flag_${flag}`) }));
  return parts.join(" · ");
}

function timeOf(view, at) {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  const form = isToday ? { hour: "2-digit", minute: "2-digit" } : { month: "short", day: "numeric" };
  return time.toLocaleString(view.root.lang, form);
}

function makeSpan(name, text, dir) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  if (dir) span.dir = dir;
  return span;
}

/**
 * The rater's own numbers as pairs of a heading and a value.
 * @param {import("./compare_view.js").View} view
 * @param {{votes: number, ties: number, both_bad: number, skips: number, median_seconds: number | null}} own
 * @returns {[string, string][]}
 */
export function ownNumbers(view, own) {
  const share = (number) => (own.votes ? `${Math.round((100 * number) / own.votes)} %` : "–");
  const rows = [["own_votes", String(own.votes)]];
  if (own.median_seconds !== null) rows.push(["own_pace", view.text("seconds", { seconds: Math.round(own.median_seconds) })]);
  if (own.votes) rows.push(["own_ties", share(own.ties)], ["own_both_bad", share(own.both_bad)]);
  if (own.skips) rows.push(["own_skips", String(own.skips)]);
  return rows.map(([key, value]) => [view.text(key), value]);
}
