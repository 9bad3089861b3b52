"""The Leaderboard page.

Files and folders, each after those that it builds on:

- `filters`: The filters of the Leaderboard tab: their values, their choices, and the selection they describe.
- `page`: The Leaderboard tab: ratings, intervals, figures and notes.
"""
