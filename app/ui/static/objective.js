// The Objective tab: a click on a row of the list opens its item, and the page goes to what was opened.

document.addEventListener("click", (event) => {
  const row = event.target.closest("#adm-objective tr:has([data-adm-item])");
  const isSelecting = String(getSelection()) !== "";
  if (!row || isSelecting) return;
  const tab = document.querySelector("#adm-objective");
  tab.dataset.item = row.querySelector("[data-adm-item]").dataset.admItem;
  goToOpened(tab);
  tab.querySelector("#adm-item-opener").click();
});

// The answer replaces what was open; until it is there, or for ten seconds, the page stays where it is.
function goToOpened(tab) {
  const before = tab.querySelector(".obj-opened");
  const watcher = new MutationObserver(() => {
    const opened = tab.querySelector(".obj-opened");
    if (!opened || opened === before) return;
    watcher.disconnect();
    opened.scrollIntoView({ block: "start" });
    opened.querySelector("h2").focus({ preventScroll: true });
  });
  watcher.observe(tab, { childList: true, subtree: true });
  setTimeout(() => watcher.disconnect(), 10_000);
}
