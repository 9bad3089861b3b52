"""`evenhand rank`: its options and what it prints.

Files and folders, each after those that it builds on:

- `options`: The options of `evenhand rank`, in the groups in which they are thought about.
- `output`: What `evenhand rank` prints and writes: the board, its slices, differences, and the same as JSON and CSV.
- `command`: `evenhand rank`: fit a leaderboard, store the fit, print it.
"""
