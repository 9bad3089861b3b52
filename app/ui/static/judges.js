// The Judges tab: a click on a row of the list opens its verdict, and the page goes to what was opened.

document.addEventListener("click", (event) => {
  const row = event.target.closest("#adm-judges tr:has([data-adm-verdict])");
  const isSelecting = String(getSelection()) !== "";
  if (!row || isSelecting) return;
  const tab = document.querySelector("#adm-judges");
  tab.dataset.verdict = row.querySelector("[data-adm-verdict]").dataset.admVerdict;
  goToOpened(tab);
  tab.querySelector("#adm-verdict-opener").click();
});

// The answer replaces what was open; until it is there, or for ten seconds, the page stays where it is.
function goToOpened(tab) {
  const before = tab.querySelector(".adm-opened");
  const watcher = new MutationObserver(() => {
    const opened = tab.querySelector(".adm-opened");
    if (!opened || opened === before) return;
    watcher.disconnect();
    opened.scrollIntoView({ block: "start" });
    opened.querySelector("h2").focus({ preventScroll: true });
  });
  watcher.observe(tab, { childList: true, subtree: true });
  setTimeout(() => watcher.disconnect(), 10_000);
}
