// After a wrong answer to a practice item, where the campaign says so: the expected answer, and why.

const CHOICES = { model_a: "choose_a", model_b: "choose_b", tie: "choose_tie", both_bad: "choose_both_bad" };

/**
 * Show what was expected; resolves when the dialog is closed.
 * @param {{root: HTMLElement, view: {text: Function}, clock: {stop: Function, restart: Function, seconds: Function}}} page
 * @param {object[]} feedback - the expected answers; nothing is shown without any
 */
export async function tellExpected(page, feedback) {
  if (!feedback?.length) return;
  const { root, view, clock } = page;
  const dialog = element("dialog", "ev-dialog");
  dialog.setAttribute("aria-labelledby", "ev-expected-title");
  const form = element("form");
  form.method = "dialog";
  const title = element("h2", "", view.text("expected_title"));
  title.id = "ev-expected-title";
  const question = element("blockquote", "ev-expected-question", feedback[0].question);
  question.dir = "auto";
  const actions = element("div", "ev-actions");
  const go = element("button", "ev-primary", view.text("expected_ok"));
  go.autofocus = true;
  actions.append(go);
  form.append(title, element("p", "", view.text("expected_lead")), question, ...feedback.flatMap((one) => lines(root, view, one)), actions);
  dialog.append(form);
  root.append(dialog);
  const seconds = clock.seconds();
  clock.stop();
  dialog.showModal();
  await new Promise((resolve) => { dialog.addEventListener("close", resolve, { once: true }); });
  dialog.remove();
  if (page.state?.current) clock.restart(seconds);
}

function lines(root, view, one) {
  const said = element("p", "ev-expected", one.winner === null ? scoreText(root, view, one) : pairText(view, one));
  if (!one.explanation) return [said];
  const why = element("p", "ev-expected-why", one.explanation);
  why.dir = "auto";
  return [said, why];
}

function pairText(view, { winner, given }) {
  return view.text("expected_pair", { choice: view.text(CHOICES[winner]), given: view.text(CHOICES[given]) });
}

function scoreText(root, view, { place, dimension, low, high, given }) {
  const key = `dimension_${dimension}`;
  const name = view.text(key) === key ? dimension : view.text(key);
  const letter = root.dataset.layout === "side_by_side" ? `${view.text("response_letter", { letter: "ABCDEF"[place] })}, ` : "";
  const range = low === high ? String(low) : view.text("expected_range", { low, high });
  return view.text("expected_score", { what: `${letter}${name}`, range, given: given ?? view.text("cannot_judge") });
}

function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
