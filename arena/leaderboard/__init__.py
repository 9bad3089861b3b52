"""From the store to a leaderboard: evidence, ranking, stored runs, slices, history and live counts.

Files and folders, each after those that it builds on:

- `board`: Ratings to the rows and matrices that people look at.
- `evidence_reading`: Read what a rating method needs out of the store.
- `history`: Ratings as they stood while the battles came in.
- `live_counts`: Verdicts that a process keeps up to date: one more vote costs one more vote, however many there were.
- `slices`: One board per slice of the battles, beside each other, and which differences between them are more than
  chance.
- `stored_runs`: Rating runs: a fit kept with all that is needed to make it again.
- `ranking`: From the verdicts of a selection to a stored leaderboard: the pipeline behind `evenhand rank` and its
  page.
- `live`: Leaderboards of a process that stays: verdicts are read once, and each refresh reads what the ledger gained.
"""
