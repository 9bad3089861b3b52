// Outlines of long admin pages: links to the headings of a tab, made from what is on screen.

const NAMES = { en: "On this page", zh: "本页内容" };
const HEADINGS = "h2, .adm-title p";
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** Headings of a tab that can be seen, without those of an opened entry and of cards. */
function headingsOf(tab) {
  return [...tab.querySelectorAll(HEADINGS)].filter((one) => one.offsetParent && !one.closest(".adm-opened, .adm-panel") && one.textContent.trim());
}

function draw(nav) {
  const headings = headingsOf(nav.closest(".tabitem") ?? document.body);
  const texts = headings.map((one) => one.textContent.trim());
  if (nav.dataset.drawn === JSON.stringify(texts)) return;
  nav.dataset.drawn = JSON.stringify(texts);
  nav.hidden = headings.length < 3;
  nav.setAttribute("aria-label", NAMES[document.documentElement.lang.slice(0, 2)] ?? NAMES.en);
  nav.querySelector("ul").replaceChildren(...headings.map((heading, place) => entry(nav, heading, place)));
}

function entry(nav, heading, place) {
  if (heading.tagName === "P") {
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", "2");
  }
  const link = document.createElement("a");
  link.href = `#${place + 1}`;
  link.textContent = heading.textContent.trim();
  link.addEventListener("click", (event) => {
    event.preventDefault();
    // Gradio may have redrawn the heading since.
    const target = headingsOf(nav.closest(".tabitem") ?? document.body)[place];
    if (!target) return;
    target.tabIndex = -1;
    target.scrollIntoView({ behavior: isCalm.matches ? "auto" : "smooth", block: "start" });
    target.focus({ preventScroll: true });
  });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

/** Mark the section that is being read: the last heading above the upper third of the window. */
function mark() {
  for (const nav of document.querySelectorAll("[data-outline]")) {
    if (!nav.offsetParent) continue;
    const above = headingsOf(nav.closest(".tabitem") ?? document.body).filter((one) => one.getBoundingClientRect().top < innerHeight / 3);
    nav.querySelectorAll("a").forEach((link, place) => {
      if (place === Math.max(0, above.length - 1)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
}

let isDue = false;
function soon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    document.querySelectorAll("[data-outline]").forEach(draw);
    mark();
  });
}

new MutationObserver(soon).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class", "style"] });
addEventListener("scroll", soon, { passive: true });
