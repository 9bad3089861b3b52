// Outlines of long admin pages: links to the headings of a tab, made from what is on screen. In a tab with sections
// the links choose the one section that is shown; without this script all sections stand one below the other.

const NAMES = { en: "On this page", zh: "本页内容" };
const HEADINGS = "h2, .adm-title p";
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

const tabOf = (nav) => nav.closest(".tabitem") ?? document.body;
const isChooser = (nav) => nav.dataset.outline === "sections";

/** Headings of a tab that can be seen, without those of an opened entry and of cards. */
function headingsOf(tab) {
  return [...tab.querySelectorAll(HEADINGS)].filter((one) => one.offsetParent && !one.closest(".adm-opened") && one.textContent.trim());
}

/** The first heading of each section of a tab that has one. */
function sectionHeadings(tab) {
  return [...tab.querySelectorAll(".adm-section[id]")].map((section) => headingsOf(section)[0]).filter(Boolean);
}

const sectionOf = (heading) => heading.closest(".adm-section");

/** The headings that an outline links to. */
function linked(nav) {
  return isChooser(nav) ? sectionHeadings(tabOf(nav)) : headingsOf(tabOf(nav));
}

function draw(nav) {
  const headings = linked(nav);
  const texts = headings.map((one) => one.textContent.trim());
  if (nav.dataset.drawn !== JSON.stringify(texts)) {
    nav.dataset.drawn = JSON.stringify(texts);
    nav.hidden = headings.length < (isChooser(nav) ? 2 : 3);
    nav.setAttribute("aria-label", NAMES[document.documentElement.lang.slice(0, 2)] ?? NAMES.en);
    nav.querySelector("ul").replaceChildren(...headings.map((heading, place) => entry(nav, heading, place)));
  }
  if (isChooser(nav)) choose(nav, headings);
}

function entry(nav, heading, place) {
  if (heading.tagName === "P") {
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", "2");
  }
  const link = document.createElement("a");
  link.href = `#${isChooser(nav) ? sectionOf(heading).id : place + 1}`;
  link.textContent = heading.textContent.trim();
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const headings = linked(nav); // Gradio may have redrawn the heading since.
    if (headings[place]) goTo(nav, headings, headings[place]);
  });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function goTo(nav, headings, target) {
  target.tabIndex = -1;
  if (isChooser(nav)) {
    tabOf(nav).dataset.section = sectionOf(target).id;
    choose(nav, headings);
    history.replaceState(history.state, "", `#${sectionOf(target).id}`);
    if (target.getBoundingClientRect().top < nav.getBoundingClientRect().bottom) target.scrollIntoView({ block: "start" });
  } else {
    target.scrollIntoView({ behavior: isCalm.matches ? "auto" : "smooth", block: "start" });
  }
  target.focus({ preventScroll: true });
}

/** Show the chosen section of a tab, else that of the address, else the first one; and mark its link. */
function choose(nav, headings) {
  const sections = headings.map(sectionOf);
  const named = [tabOf(nav).dataset.section, location.hash.slice(1)];
  const shown = named.map((id) => sections.find((one) => one.id === id)).find(Boolean) ?? sections[0];
  for (const section of tabOf(nav).querySelectorAll(".adm-section[id]")) {
    section.toggleAttribute("data-away", sections.includes(section) && section !== shown);
  }
  markLink(nav, sections.indexOf(shown));
}

function markLink(nav, current) {
  nav.querySelectorAll("a").forEach((link, place) => {
    if (place !== current) link.removeAttribute("aria-current");
    else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "true");
      bringIntoList(link);
    }
  });
}

/** Scroll the row of links, which is wider than a phone, so that this one is in its middle. */
function bringIntoList(link) {
  const list = link.closest("ul");
  const [own, all] = [link, list].map((one) => one.getBoundingClientRect());
  list.scrollLeft += own.left + own.width / 2 - (all.left + all.width / 2);
}

/** Mark the heading that is being read: the last one above the upper third of the window. */
function mark() {
  for (const nav of document.querySelectorAll("[data-outline]")) {
    if (!nav.offsetParent || isChooser(nav)) continue;
    const above = headingsOf(tabOf(nav)).filter((one) => one.getBoundingClientRect().top < innerHeight / 3);
    markLink(nav, Math.max(0, above.length - 1));
  }
}

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
    mark();
  });
}

new MutationObserver(soon).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class", "style"] });
addEventListener("scroll", soon, { passive: true });
