// Lists on the tabs: a click on a row opens its entry and scrolls to it, or shows the judge of the row.
// On a phone, and for items everywhere, an entry opens at its row, and a second tap closes it; elsewhere it stands below
// its list.

const LISTS = [
  { tab: "#adm-judges", key: "judgment", cell: "admJudgment", opener: "#adm-judgment-opener", opened: ".adm-opened" },
  { tab: "#adm-objective", key: "item", cell: "admItem", opener: "#adm-item-opener", opened: ".obj-opened", isInPlace: true },
];

const isPhone = matchMedia("(max-width: 40rem)");

document.addEventListener("click", (event) => {
  const isSelecting = String(getSelection()) !== "";
  for (const list of LISTS) {
    const tab = event.target.closest(list.tab);
    const row = event.target.closest("tr");
    const cell = row?.querySelector(`[data-adm-${list.key}]`);
    if (!tab || !cell || isSelecting) continue;
    const isShut = closeInPlace(tab, cell);
    if (!isShut) openEntry(tab, list, cell);
  }
  const judge = event.target.closest("#adm-judges tr")?.querySelector("[data-adm-judge]");
  if (judge && !isSelecting) chooseJudge(judge.closest("#adm-judges"), judge);
});

/** Take away what is open in place; true if it belongs to this opener. */
function closeInPlace(tab, opener) {
  const open = tab.querySelector("tr.ui-in-place");
  const own = open?.previousElementSibling?.querySelector("[aria-expanded]");
  open?.remove();
  own?.setAttribute("aria-expanded", "false");
  return own !== undefined && own === opener;
}

/** Show an entry: the server fills the place below the list, unless the entry stands there already. */
let watcher = null;
function openEntry(tab, list, opener) {
  const id = opener.dataset[list.cell];
  const found = () => tab.querySelector(`${list.opened}[data-entry="${id}"]:not(.ui-in-place *)`);
  watcher?.disconnect();
  if (found()) {
    goTo(found(), opener, list);
    return;
  }
  const own = (watcher = new MutationObserver(() => {
    if (!found()) return;
    own.disconnect();
    goTo(found(), opener, list);
  }));
  own.observe(tab, { childList: true, subtree: true });
  setTimeout(() => own.disconnect(), 10_000); // the server has not answered
  tab.dataset[list.key] = id;
  tab.querySelector(list.opener).click();
}

/** Bring the reader to an opened entry, or to a copy of it at the row of its opener. */
function goTo(opened, opener, list) {
  opened.hidden = (isPhone.matches || list.isInPlace === true) && opener.isConnected;
  const shown = opened.hidden ? putInPlace(opened, opener) : opened;
  (opened.hidden ? opener.closest("tr") : shown).scrollIntoView({ block: "start" });
  shown.querySelector("h2").focus({ preventScroll: true });
}

function putInPlace(opened, opener) {
  const row = opener.closest("tr");
  const line = row.cloneNode(false);
  line.className = "ui-in-place";
  const cell = document.createElement("td");
  cell.colSpan = row.cells.length;
  if (row.hasAttribute("role")) cell.setAttribute("role", "cell");
  const copy = opened.cloneNode(true);
  copy.hidden = false;
  cell.append(copy);
  line.append(cell);
  row.after(line);
  opener.setAttribute("aria-expanded", "true");
  return copy;
}

// On a phone the sections of a judge open at its card, as its address does or a tap; a second tap closes them.
const page = document.documentElement;
page.toggleAttribute("data-judge-open", location.hash.startsWith("#judges-"));

function chooseJudge(tab, judge) {
  const isCurrent = judge.hasAttribute("aria-current");
  page.toggleAttribute("data-judge-open", !(isCurrent && page.hasAttribute("data-judge-open")));
  if (isCurrent && isPhone.matches) {
    tellOpen(tab);
    judge.closest("tr").scrollIntoView({ block: "nearest" });
  } else {
    showJudge(tab, judge.dataset.admJudge);
  }
}

/** Tell screen readers on a phone whether the sections of the chosen judge are open. */
function tellOpen(tab) {
  const judge = tab.querySelector("[data-adm-judge][aria-current]");
  if (isPhone.matches) judge?.setAttribute("aria-expanded", String(page.hasAttribute("data-judge-open")));
  else judge?.removeAttribute("aria-expanded");
}

/** Show another judge; the list of judges is drawn anew, and the focus stays on the one that was chosen. */
function showJudge(tab, id) {
  tab.dataset.judge = id;
  const acted = new AbortController();
  let last = null;
  const watcher = new MutationObserver(() => {
    const now = tab.querySelector(`[data-adm-judge="${id}"][aria-current]`);
    if (!now || (now === last && now.hasAttribute("aria-expanded") === isPhone.matches)) return;
    last = now;
    tellOpen(tab);
    if (document.activeElement === document.body) now.focus({ preventScroll: true });
    if (isPhone.matches) now.closest("tr").scrollIntoView({ block: "start" });
  });
  const stop = () => {
    watcher.disconnect();
    acted.abort();
  };
  watcher.observe(tab, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-current"] });
  setTimeout(stop, 10_000);
  // Who clicks or presses a key elsewhere has left the list; the click that chose the judge has been before.
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, stop, { signal: acted.signal });
  tab.querySelector("#adm-judge-opener").click();
}
