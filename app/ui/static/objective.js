// The Objective tab: a row of the list opens its item, and the page goes to what was opened.

const CHOSEN = "#adm-item-chosen :is(textarea, input)";

document.addEventListener("click", (event) => {
  const row = event.target.closest("#adm-objective tr:has([data-adm-item])");
  if (!row || String(getSelection())) return;
  const field = document.querySelector(CHOSEN);
  if (!field) return;
  watchForOpened();
  field.value = row.querySelector("[data-adm-item]").dataset.admItem;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// The answer replaces the opened item; until it is there, or for ten seconds, the page stays where it is.
function watchForOpened() {
  const tab = document.querySelector("#adm-objective");
  const watcher = new MutationObserver((changes) => {
    const isNew = changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.(".obj-opened") || node.matches?.(".obj-opened")));
    if (!isNew) return;
    watcher.disconnect();
    const heading = tab.querySelector(".obj-opened h2");
    heading.scrollIntoView({ block: "start" });
    heading.focus({ preventScroll: true });
  });
  watcher.observe(tab, { childList: true, subtree: true });
  setTimeout(() => watcher.disconnect(), 10_000);
}
