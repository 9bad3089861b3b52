// The Judges tab: a row of the list opens its verdict, and the page goes to what was opened.

const CHOSEN = "#adm-verdict-chosen :is(textarea, input)";

document.addEventListener("click", (event) => {
  const row = event.target.closest("#adm-judges tr:has([data-adm-verdict])");
  if (!row || String(getSelection())) return;
  const field = document.querySelector(CHOSEN);
  if (!field) return;
  watchForOpened();
  field.value = row.querySelector("[data-adm-verdict]").dataset.admVerdict;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// The answer replaces the opened verdict; until it is there, or for ten seconds, the page stays where it is.
function watchForOpened() {
  const tab = document.querySelector("#adm-judges");
  const watcher = new MutationObserver((changes) => {
    const isNew = changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.(".adm-opened") || node.matches?.(".adm-opened")));
    if (!isNew) return;
    watcher.disconnect();
    const heading = tab.querySelector(".adm-opened h2");
    heading.scrollIntoView({ block: "start" });
    heading.focus({ preventScroll: true });
  });
  watcher.observe(tab, { childList: true, subtree: true });
  setTimeout(() => watcher.disconnect(), 10_000);
}
