"""Leaderboards from a store: evidence, ranking, stored runs, slices, history and live counts.

Files and folders, each after those that it builds on:

- `board`: Rows and matrices of a leaderboard from ratings.
- `evidence_reading`: Read the evidence for a rating method from the store.
- `history`: Ratings over time: fits to growing numbers of battles.
- `live_counts`: Battles that a process keeps up to date: the cost of an update depends on the new ledger rows only.
- `slices`: Leaderboards of slices of the battles, and significant differences between slices.
- `two_worlds`: Ratings by preference beside scores on tasks with fixed answers: do both put the models in the same
  order?
- `score_summary`: Scores by model and dimension: mean, distribution, share satisfied, and what raters could not judge.
- `judge_miss`: By how much a leaderboard of judges missed that of people, where both are known.
- `stored_runs`: Rating runs: fits that are stored with everything that is needed to compute them again.
- `ranking`: Leaderboards from the battles of a selection: the pipeline behind `evenhand rank` and the Leaderboard
  page.
- `live`: Leaderboards of a long-running process: battles are read once, and each refresh only reads new ledger rows.
"""
