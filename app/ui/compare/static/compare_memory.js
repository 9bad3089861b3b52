/* What the page remembers in the browser: settings of the display and keys beyond the tab, drafts within it.
   Nothing of a question or a response is ever kept. */

/** Read an object from a storage; an empty one if there is none or it cannot be read. */
export function read(storage, key) {
  try {
    const value = JSON.parse(storage.getItem(key) ?? "{}");
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

/** Write an object to a storage, if that is possible. */
export function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be full or forbidden; the page works without it.
  }
}

const DISPLAY = "evenhand.display";
const SESSION = "evenhand.session";

/** Settings of the display, each off until it is chosen: question, linked, source, differences, details. */
export class Display {
  constructor() {
    this.chosen = read(localStorage, DISPLAY);
  }

  has(name) {
    return this.chosen[name] === true;
  }

  set(name, isOn) {
    this.chosen = { ...this.chosen, [name]: isOn };
    write(localStorage, DISPLAY, this.chosen);
  }
}

/** The number of votes in this tab and campaign since it was opened; it survives a reload. */
export class SessionCount {
  count(campaign) {
    return Number(read(sessionStorage, SESSION)[campaign] ?? 0);
  }

  add(campaign, number) {
    const kept = read(sessionStorage, SESSION);
    write(sessionStorage, SESSION, { ...kept, [campaign]: Math.max(0, this.count(campaign) + number) });
  }
}
