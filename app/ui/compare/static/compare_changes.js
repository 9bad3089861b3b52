/* Changing an old vote. */

import { ChangingAnswers } from "./changing_answers.js";
import { Details } from "./compare_details.js";
import { NO_DRAFT } from "./compare_drafts.js";

export class ChangingVotes extends ChangingAnswers {
  /** @param {object} page - the Compare page: its state, view and clock */
  constructor(page) {
    super(page, ({ pair, details }) => ({ ballot: pair, draft: { ...NO_DRAFT, ...details } }));
  }

  /** Save another choice for the old pair. `more`: scores of both responses; without any, the old ones are taken back. */
  async saveVote(choice, more) {
    const { view } = this.page;
    view.markChoice(choice);
    const outcome = await this.save({ choice, ...Details.fields(this.page.draft, choice), ...more });
    if (outcome) view.showStatus(view.text(outcome, { choice: view.choiceText(choice) }));
    else if (this.ballot) view.markChoice(this.ballot.recorded);
  }
}
