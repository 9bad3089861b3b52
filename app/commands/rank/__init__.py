"""`evenhand rank`: its options and its output.

Files and folders, each after those that it builds on:

- `options`: Options of `evenhand rank`.
- `output`: Output of `evenhand rank`: the leaderboard, its slices and differences, as tables, JSON and CSV.
- `command`: `evenhand rank`: fit a leaderboard, store it and print it.
"""
