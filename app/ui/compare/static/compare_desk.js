/* What the page keeps of a pair while the user works on it: the time it was visible, its comment and flag.
   Comment and flag survive a reload in the tab's own storage; texts of questions and answers are never stored. */

const DRAFTS = "evenhand.drafts";
const GUIDELINES = "evenhand.guidelines";

/** Counts the seconds during which a pair is on a visible screen. */
export class VisibleClock {
  constructor() {
    this.total = 0;
    this.since = null;
    document.addEventListener("visibilitychange", () => (isVisible() ? this.resume() : this.pause()));
  }

  restart(total = 0) {
    this.total = total;
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

  seconds() {
    return this.total + (this.since === null ? 0 : (performance.now() - this.since) / 1000);
  }
}

export function isVisible() {
  return document.visibilityState === "visible";
}

/** Comments and flags of pairs that are not closed yet, by token. */
export class Drafts {
  constructor() {
    this.kept = read(sessionStorage, DRAFTS);
  }

  get(token) {
    return this.kept[token] ?? { comment: "", flag: null };
  }

  put(token, draft) {
    if (draft.comment || draft.flag) this.kept[token] = draft;
    else delete this.kept[token];
    write(sessionStorage, DRAFTS, this.kept);
  }

  forget(token) {
    delete this.kept[token];
    write(sessionStorage, DRAFTS, this.kept);
  }
}

/** Whether this browser has shown these guidelines before; remembers that it now has. */
export function isNewGuidelines({ id, guidelines, guidelines_version: version }) {
  const seen = read(localStorage, GUIDELINES);
  if (!guidelines || (seen[id] ?? 0) >= version) return false;
  write(localStorage, GUIDELINES, { ...seen, [id]: version });
  return true;
}

function read(storage, key) {
  try {
    const value = JSON.parse(storage.getItem(key) ?? "{}");
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be full or forbidden; the page works without it.
  }
}
