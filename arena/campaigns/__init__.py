"""Campaigns: creation, pairing, and the ballots that raters have open.

Files and folders, each after those that it builds on:

- `ends`: Why a rater has no pair to vote on: one cause for each page that ends the work or interrupts it.
- `scoring`: What raters score in a campaign: the dimensions, the steps of the scale with their labels, and the layout.
- `score_recording`: Record and take back the scores of a ballot, inside the transaction of one operation of a rater.
- `open_ballots`: The ballots that a rater has open: the one on screen, the one in reserve, and the progress of the
  rater.
- `pairing`: The next ballot of a rater: a random draw among the cells that are still open to this rater.
- `blindness`: Keep the names of models out of what raters see: names of campaigns, guidelines, consent texts.
- `settings`: The quality settings of a campaign: checks, changes, and what each change does to open ballots.
- `gold_files`: Gold items from a file or from votes that agree.
- `creation`: Create a campaign from the questions and responses of the store, and compute its progress.
- `occupancy`: The campaigns that a process serves, with the occupancy of their cells kept in memory.
- `forecast`: The size of a planned campaign, before anything is stored.
- `special_draws`: Ballots that are not drawn for a new vote: onboarding items, silent gold items, swapped repeats.
- `admission`: Whether a rater gets another ballot of a campaign, and the rules that pause a rater after a vote.
- `rater_operation`: One operation of one rater in one campaign, inside the transaction of a call of
  `arena.campaigns.service`.
- `service`: Hand out ballots and record answers: the pipeline between the pages of raters and the ledger.
- `own_work/`: What a rater has done: look back at it, change it, count it.
"""
