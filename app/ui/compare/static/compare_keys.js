/* Keyboard shortcuts of the pages of raters: one key for each action, chosen by the rater, arrow keys for both responses.
   Shortcuts are off while typing, while composing Chinese, and in dialogs. */

import { read, write } from "./compare_memory.js";

/** Every action of the Compare page with its key until the rater chooses another. */
export const DEFAULT_KEYS = {
  model_a: "1", model_b: "2", tie: "3", both_bad: "4",
  slight: "n", much: "m",
  accuracy: "5", completeness: "6", instructions: "7", clarity: "8", style: "9", safety: "0",
  skip: "s", flag: "f", comment: "c", reasons: "r", undo: "u",
  history: "h", guidelines: "g", display: "v", help: "?",
  question: "q", zoom: "z", linked: "l", source: "o", differences: "d",
};
const SCROLL = { ArrowDown: 0.15, ArrowUp: -0.15, PageDown: 0.9, PageUp: -0.9, Home: -Infinity, End: Infinity };
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const OWN_ARROWS = ".ev-answer, .ev-question, .ev-menu";
const COMPOSING = 229; // what older browsers report as the key code while an input method is at work

/** The keys of all actions, as the rater has chosen them in this browser. */
export class Keys {
  /**
   * @param {Object<string, string>} defaults - every action of the page with its first key
   * @param {string} place - the name under which the chosen keys are kept
   * @param {RegExp} fixed - keys that always mean the same on this page
   */
  constructor(defaults = DEFAULT_KEYS, place = "evenhand.keys", fixed = /\s/u) {
    Object.assign(this, { defaults, place, fixed });
    this.chosen = {};
    for (const [action, key] of Object.entries(read(localStorage, this.place))) {
      if (action in defaults) this.rebind(action, key, { keep: false });
    }
  }

  keyOf(action) {
    return this.chosen[action] ?? this.defaults[action];
  }

  /** The action of a key; undefined for a key without one. */
  actionOf(key) {
    const small = key.toLowerCase();
    return Object.keys(this.defaults).find((action) => this.keyOf(action) === small);
  }

  /**
   * Give an action another key.
   * @returns {string} empty if it was changed, the action that has the key, or "reserved" for a key that cannot be used
   */
  rebind(action, key, { keep = true } = {}) {
    if (typeof key !== "string" || [...key].length !== 1 || /\s/u.test(key) || this.fixed.test(key)) return "reserved";
    const other = this.actionOf(key);
    if (other !== undefined && other !== action) return other;
    this.chosen[action] = key.toLowerCase();
    if (keep) write(localStorage, this.place, this.chosen);
    return "";
  }

  reset() {
    this.chosen = {};
    write(localStorage, this.place, this.chosen);
  }
}

/** The text on a key. */
export function keyLabel(key) {
  return key.toUpperCase();
}

/**
 * Listen for shortcuts until the page is closed.
 * @param {import("./compare_view.js").View} view - has the panels, and knows whether a dialog is open
 * @param {Keys} keys - the keys of all actions
 * @param {(action: string) => void} act - carries out an action
 */
export function listenToKeys(view, keys, act) {
  document.addEventListener("keydown", (event) => {
    if (!isForThePage(event, view)) return;
    if (event.key in SCROLL) {
      scrollBoth(event, [view.parts.left, view.parts.right]);
      return;
    }
    const action = event.repeat ? undefined : keys.actionOf(event.key);
    if (action === undefined) return;
    event.preventDefault();
    act(action);
  });
}

/** Whether a key is meant for the page: no command, nothing that is typed into a field or a dialog. */
export function isForThePage(event, view) {
  const isCommand = event.ctrlKey || event.altKey || event.metaKey;
  const isComposing = event.isComposing || event.keyCode === COMPOSING;
  // For a moment after a dialog has closed, the browser still sends keys to the field that had the focus in it.
  const isTyping = event.target.closest?.(TYPING) && !event.target.closest("dialog:not([open])");
  return !(event.defaultPrevented || isCommand || isComposing || isTyping || view.isDialogOpen());
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
