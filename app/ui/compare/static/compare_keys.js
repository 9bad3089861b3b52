/* Keyboard shortcuts of the Compare page: one key for each vote and tool, arrow keys for both responses.
   Shortcuts are off while typing, while composing Chinese, and in dialogs. */

const CHOICES = { 1: "model_a", 2: "model_b", 3: "tie", 4: "both_bad" };
const SCROLL = { ArrowDown: 0.15, ArrowUp: -0.15, PageDown: 0.9, PageUp: -0.9, Home: -Infinity, End: Infinity };
const TYPING = "input, textarea, select, [contenteditable]";
const OWN_ARROWS = ".ev-answer, .ev-question, .ev-menu";
const COMPOSING = 229; // what older browsers report as the key code while an input method is at work

/**
 * Listen for shortcuts until the page is closed.
 * @param {import("./compare_view.js").View} view - has the tools with their keys, and the panels
 * @param {{vote: (choice: string) => void, use: (tool: string) => void}} actions - actions of the keys
 */
export function listenToKeys(view, { vote, use }) {
  document.addEventListener("keydown", (event) => {
    if (!isForThePage(event, view)) return;
    if (event.key in SCROLL) {
      scrollBoth(event, [view.parts.left, view.parts.right]);
      return;
    }
    if (event.repeat) return;
    const choice = CHOICES[event.key];
    const tool = toolWithKey(view.tools, event.key.toLowerCase());
    if (!choice && !tool) return;
    event.preventDefault();
    if (choice) vote(choice);
    else use(tool);
  });
}

function isForThePage(event, view) {
  const isCommand = event.ctrlKey || event.altKey || event.metaKey;
  const isComposing = event.isComposing || event.keyCode === COMPOSING;
  // For a moment after a dialog has closed, the browser still sends keys to the field that had the focus in it.
  const isTyping = event.target.closest?.(TYPING) && !event.target.closest("dialog:not([open])");
  return !(event.defaultPrevented || isCommand || isComposing || isTyping || view.isDialogOpen());
}

function toolWithKey(tools, key) {
  return Object.keys(tools).find((tool) => tools[tool].getAttribute("aria-keyshortcuts") === key);
}

/** Scroll both responses by the same share of a screen, unless the focused element uses the arrow keys itself. */
function scrollBoth(event, panels) {
  const isElsewhere = event.shiftKey || event.target.closest?.(OWN_ARROWS);
  if (isElsewhere || panels.every((panel) => panel.scrollHeight <= panel.clientHeight)) return;
  event.preventDefault();
  const share = SCROLL[event.key];
  for (const panel of panels) {
    panel.scrollTop = share === -Infinity ? 0 : Math.min(panel.scrollHeight, panel.scrollTop + share * panel.clientHeight);
  }
}
