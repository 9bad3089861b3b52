"""`evenhand rank`: its options and its output.

Files and folders, each after those that it builds on:

- `options`: Options of `evenhand rank`.
- `score_output`: Output of `evenhand rank --method satisfaction`: the scores by dimension behind the leaderboard.
- `robustness_output`: Output of `evenhand rank --robustness`: what first place rests on.
- `output`: Output of `evenhand rank`: the leaderboard, its slices and differences, as tables, JSON and CSV.
- `command`: `evenhand rank`: fit a leaderboard, store it and print it.
"""
