/* Data of the pair on screen: the time it was visible, and what is said about it.
   What is said survives a reload in the tab's session storage; questions and responses are never stored. */

import { read, write } from "./compare_memory.js";

const DRAFTS = "evenhand.drafts";
const GUIDELINES = "evenhand.guidelines";

/** Counts the seconds for which a pair is visible. */
export class VisibleClock {
  constructor() {
    this.total = 0;
    this.since = null;
    document.addEventListener("visibilitychange", () => (isVisible() ? this.resume() : this.pause()));
  }

  restart(total = 0) {
    this.total = total;
    this.began = performance.now();
    this.before = total;
    this.running = true;
    this.since = isVisible() ? performance.now() : null;
  }

  stop() {
    this.pause();
    this.running = false;
  }

  pause() {
    this.total = this.seconds();
    this.since = null;
  }

  resume() {
    if (this.running && this.since === null) this.since = performance.now();
  }

  /** The seconds for which the pair was open in a hidden tab. */
  hiddenSeconds() {
    return Math.max(0, (performance.now() - this.began) / 1000 - (this.seconds() - this.before));
  }

  seconds() {
    return this.total + (this.since === null ? 0 : (performance.now() - this.since) / 1000);
  }
}

/** Whether the tab is in front. */
export function isVisible() {
  return document.visibilityState === "visible";
}

/** What is said about a pair before anything is said. */
export const NO_DRAFT = { comment: "", flag: null, strength: null, reasons: [], scores: [] };

/** Comments, flags, strengths and reasons of open pairs, by token. */
export class Drafts {
  constructor() {
    this.kept = read(sessionStorage, DRAFTS);
  }

  get({ token }) {
    return { ...NO_DRAFT, ...this.kept[token] };
  }

  put(token, draft) {
    if (draft.comment || draft.flag || draft.strength || draft.reasons.length || draft.scores.length) this.kept[token] = draft;
    else delete this.kept[token];
    write(sessionStorage, DRAFTS, this.kept);
  }

  forget(token) {
    delete this.kept[token];
    write(sessionStorage, DRAFTS, this.kept);
  }
}

/** Return whether this browser has not shown these guidelines yet, and remember that it has now. */
export function isNewGuidelines({ id, guidelines, guidelines_version: version }) {
  const seen = read(localStorage, GUIDELINES);
  if (!guidelines || (seen[id] ?? 0) >= version) return false;
  write(localStorage, GUIDELINES, { ...seen, [id]: version });
  return true;
}
