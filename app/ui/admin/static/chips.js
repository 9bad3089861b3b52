// Many chips of a form: the first ones, those that are chosen, and those that a search finds.
//
// [data-find=N] holds the search and says how many of the chips are shown; N of them are shown at first. Enter in the
// search chooses the only one that is found. A button [data-everything] is pressed while no chip beside it is chosen, and
// takes back what is.

const MOST_FOUND = 30;

function findSearches() {
  for (const row of document.querySelectorAll("[data-find]:not([data-ready])")) {
    row.dataset.ready = "yes";
    show(row);
  }
  for (const button of document.querySelectorAll("[data-everything]")) press(button);
}

const boxesBeside = (button) => [...button.closest("fieldset").querySelectorAll("label.ui-chip input")];
const press = (button) => button.setAttribute("aria-pressed", String(!boxesBeside(button).some((box) => box.checked)));

const chipsOf = (row) => [...row.closest("fieldset").querySelectorAll("label.ui-chip")];
const wordsOf = (row) => row.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);

function found(row) {
  const words = wordsOf(row);
  if (!words.length) return chipsOf(row).slice(0, Number(row.dataset.find));
  return chipsOf(row).filter((chip) => words.every((word) => chip.textContent.toLowerCase().includes(word)));
}

function show(row) {
  const chips = chipsOf(row);
  const hits = found(row);
  const seen = new Set(hits.slice(0, MOST_FOUND));
  for (const chip of chips) chip.hidden = !seen.has(chip) && !chip.querySelector("input").checked;
  const shown = chips.filter((chip) => !chip.hidden).length;
  const count = shown < chips.length ? row.dataset.shown.replace("{shown}", shown).replace("{total}", chips.length) : "";
  row.querySelector("[role=status]").textContent = hits.length ? count : row.dataset.none;
}

document.addEventListener("input", ({ target }) => {
  const row = target.closest("[data-find]");
  if (row) show(row);
  const everything = target.closest("fieldset")?.querySelector("[data-everything]");
  if (everything) press(everything);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-everything]");
  if (!button) return;
  const boxes = boxesBeside(button);
  for (const box of boxes) box.checked = false;
  boxes[0]?.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-find]");
  if (!row || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault(); // it would send the form
  const hits = wordsOf(row).length ? found(row) : [];
  if (hits.length !== 1) return;
  const box = hits[0].querySelector("input");
  if (!box.checked) box.click();
  row.querySelector("input").value = "";
  show(row);
});

new MutationObserver(findSearches).observe(document.documentElement, { childList: true, subtree: true });
findSearches();
