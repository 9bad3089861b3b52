/* What the buttons do that only the Compare page has: the row of reasons. */

import { RaterTools } from "./rater_tools.js";

export class Tools extends RaterTools {
  /** Whether a button is one of those here. */
  has(tool) {
    return tool === "reasons" || super.has(tool);
  }

  use(tool) {
    if (tool !== "reasons") return super.use(tool);
    return this.page.ballot && this.openDetails(this.view.parts.details.hidden, { keep: true });
  }

  /** Open or close the row of reasons; `keep`: also for the pairs to come. */
  openDetails(open, { keep = false } = {}) {
    const { draft, display } = this.page;
    if (keep) display.set("details", open);
    this.view.openDetails(open, Boolean(draft.strength || draft.reasons.length));
    this.view.panels.fit();
  }
}
