/* The pages at the end of the work: one for each cause, with thanks, the rater's own numbers and what can be done. */

import { ownNumbers } from "./compare_history.js";

/**
 * Return the arguments of View.showMessage for a state without a pair.
 * @param {import("./compare_view.js").View} view
 * @param {object} state - the state from the server
 * @param {{open: (id: number | null) => void, undo: () => void, history: () => void}} actions
 */
export function endMessage(view, state, { open, undo, history }) {
  const cause = state.end ?? "finished";
  const others = state.campaigns
    .filter(({ id, done, total }) => id !== state.campaign?.id && done < total)
    .map(({ id, name, done, total }) => ({ text: view.text("done_other", { name, left: total - done }), run: () => open(id) }));
  const own = state.own ?? null;
  const buttons = [
    ...others,
    ...(cause === "unassigned" && state.admin ? [{ text: view.text("empty_admin"), href: "/admin/" }] : []),
    ...(state.may_pass ? [{ text: view.text("reload"), run: () => open(state.campaign?.id ?? null) }] : []),
    ...(own?.votes ? [{ text: view.text("end_history"), run: history }] : []),
    ...(state.can_undo ? [{ text: view.text("done_undo"), run: undo }] : []),
  ];
  const numbers = own && (own.votes || own.skips) ? ownNumbers(view, own) : [];
  return [view.text(`end_${cause}`), view.text(`end_${cause}_text`, state.progress), buttons, numbers];
}
