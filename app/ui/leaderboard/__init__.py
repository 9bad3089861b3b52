"""The Leaderboard page.

Files and folders, each after those that it builds on:

- `filters`: The controls of the Leaderboard tab: what can be asked for, what this store can offer, and the selection
  it means.
- `page`: The Leaderboard tab: who stands where, how sure that is, and on what it rests.
"""
