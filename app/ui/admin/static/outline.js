// Outlines of long admin pages: links to the sections of a tab, made from what is on screen. The links choose the one
// section that is shown; without this script all sections stand one below the other. On a phone the links are folded
// behind a button that names the section on screen.

const NAMES = { en: "On this page", zh: "本页内容" };
const HEADINGS = "h2, .adm-title p";

const tabOf = (nav) => nav.closest(".tabitem") ?? document.body;

/** Headings of a section that can be seen, without those of an opened entry and of cards. */
function headingsOf(section) {
  return [...section.querySelectorAll(HEADINGS)].filter((one) => one.offsetParent && !one.closest(".adm-opened") && one.textContent.trim());
}

/** The first heading of each section of a tab that has one. */
function sectionHeadings(nav) {
  return [...tabOf(nav).querySelectorAll(".adm-section[id]")].map((section) => headingsOf(section)[0]).filter(Boolean);
}

const sectionOf = (heading) => heading.closest(".adm-section");

function draw(nav) {
  const headings = sectionHeadings(nav);
  const texts = headings.map((one) => one.textContent.trim());
  if (nav.dataset.drawn !== JSON.stringify(texts)) {
    nav.dataset.drawn = JSON.stringify(texts);
    nav.hidden = headings.length < 2;
    nav.setAttribute("aria-label", NAMES[document.documentElement.lang.slice(0, 2)] ?? NAMES.en);
    nav.querySelector("ul").replaceChildren(...headings.map((heading, place) => entry(nav, heading, place)));
  }
  choose(nav, headings);
}

function entry(nav, heading, place) {
  if (heading.tagName === "P") {
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", "2");
  }
  const link = document.createElement("a");
  link.href = `#${sectionOf(heading).id}`;
  link.textContent = heading.textContent.trim();
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const headings = sectionHeadings(nav); // Gradio may have redrawn the heading since.
    if (headings[place]) goTo(nav, headings, headings[place]);
  });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function goTo(nav, headings, target) {
  target.tabIndex = -1;
  unfold(nav, false);
  tabOf(nav).dataset.section = sectionOf(target).id;
  choose(nav, headings);
  history.replaceState(history.state, "", `#${sectionOf(target).id}`);
  if (target.getBoundingClientRect().top < nav.getBoundingClientRect().bottom) target.scrollIntoView({ block: "start" });
  target.focus({ preventScroll: true });
}

/** Show the chosen section of a tab, else that of the address, else the first one; and mark its link. */
function choose(nav, headings) {
  const sections = headings.map(sectionOf);
  const named = [tabOf(nav).dataset.section, location.hash.slice(1)];
  const shown = named.map((id) => sections.find((one) => one.id === id)).find(Boolean) ?? sections[0];
  for (const section of tabOf(nav).querySelectorAll(".adm-section[id]")) {
    section.toggleAttribute("data-away", shown !== undefined && section !== shown);
  }
  const current = sections.indexOf(shown);
  nav.querySelectorAll("a").forEach((link, place) => {
    if (place === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  const text = headings[current]?.textContent.trim() ?? "";
  const button = nav.querySelector("button");
  if (button.textContent !== text) button.textContent = text;
}

/** Show or fold the links on a phone. */
function unfold(nav, isOpen) {
  nav.querySelector("button").setAttribute("aria-expanded", String(isOpen));
}

// A press on the button shows the links or folds them; one elsewhere and Escape fold them.
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-outline] > button");
  for (const button of document.querySelectorAll("[data-outline] > button")) {
    unfold(button.parentElement, button === pressed && button.getAttribute("aria-expanded") === "false");
  }
});
document.addEventListener("keydown", (event) => {
  const nav = event.key === "Escape" && event.target.closest("[data-outline]:has(> [aria-expanded='true'])");
  if (!nav) return;
  unfold(nav, false);
  nav.querySelector("button").focus();
});

/** The id of the tab whose section the address names: a section is called after its tab; "" for none. */
function namedTab() {
  const [, tab] = location.hash.match(/^#([a-z]+)-[a-z]+$/) ?? [];
  return tab ? `adm-${tab}` : "";
}

/** Open the tab of the section that the address of the page names, once its button is there. */
let isOpened = namedTab() === "";
function openTab() {
  const button = document.getElementById(`${namedTab()}-button`);
  if (!button) return;
  isOpened = true;
  button.click();
}

/** Take the section out of the address once its tab is left, so that a copied address opens what is seen. */
let wasSeen = false;
function leaveSection() {
  const isSeen = Boolean(document.getElementById(namedTab())?.offsetParent);
  if (wasSeen && !isSeen && namedTab()) {
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  wasSeen = isSeen;
}

let isDue = false;
function soon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (!isOpened) openTab();
    leaveSection();
    document.querySelectorAll("[data-outline]").forEach(draw);
  });
}

// Texts too: Gradio fills some headings by changing theirs.
const CHANGES = { childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ["class", "style", "hidden"] };
new MutationObserver(soon).observe(document.documentElement, CHANGES);
