// Lists on the tabs: a click on a row opens its entry and scrolls to it, or shows the judge of the row.

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
  const judge = event.target.closest("#adm-judges tr")?.querySelector("[data-adm-judge]");
  if (judge && !isSelecting) showJudge(judge.closest("#adm-judges"), judge.dataset.admJudge);
});

/** Show another judge; the list of judges is drawn anew, and the focus stays on the one that was chosen. */
function showJudge(tab, id) {
  tab.dataset.judge = id;
  const acted = new AbortController();
  let last = tab.querySelector(`[data-adm-judge="${id}"]`);
  const watcher = new MutationObserver(() => {
    const now = tab.querySelector(`[data-adm-judge="${id}"]`);
    if (!now || now === last) return;
    last = now;
    if (document.activeElement === document.body) now.focus({ preventScroll: true });
  });
  const stop = () => {
    watcher.disconnect();
    acted.abort();
  };
  watcher.observe(tab, { childList: true, subtree: true });
  setTimeout(stop, 10_000);
  // Who clicks or presses a key elsewhere has left the list; the click that chose the judge has been before.
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, stop, { signal: acted.signal });
  tab.querySelector("#adm-judge-opener").click();
}

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
