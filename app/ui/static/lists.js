// Lists on the tabs: a click on a row opens its entry and scrolls to it.

const LISTS = [
  { tab: "#adm-judges", key: "judgment", cell: "admJudgment", opener: "#adm-judgment-opener", opened: ".adm-opened" },
  { tab: "#adm-objective", key: "item", cell: "admItem", opener: "#adm-item-opener", opened: ".obj-opened" },
];

document.addEventListener("click", (event) => {
  const isSelecting = String(getSelection()) !== "";
  for (const list of LISTS) {
    const tab = event.target.closest(list.tab);
    const cell = event.target.closest("tr")?.querySelector(`[data-adm-${list.key}]`);
    if (!tab || !cell || isSelecting) continue;
    tab.dataset[list.key] = cell.dataset[list.cell];
    goToOpened(tab, list.opened);
    tab.querySelector(list.opener).click();
  }
});

// Scroll to the opened entry when it has replaced the earlier one, within ten seconds.
function goToOpened(tab, place) {
  const before = tab.querySelector(place);
  const watcher = new MutationObserver(() => {
    const opened = tab.querySelector(place);
    if (!opened || opened === before) return;
    watcher.disconnect();
    opened.scrollIntoView({ block: "start" });
    opened.querySelector("h2").focus({ preventScroll: true });
  });
  watcher.observe(tab, { childList: true, subtree: true });
  setTimeout(() => watcher.disconnect(), 10_000);
}
