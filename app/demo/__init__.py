"""The ready example: its store, its judges and its objective run.

Files and folders, each after those that it builds on:

- `judges`: The example's judges: made-up replies, read, stored and counted like those of any judge.
- `objective`: The demo's objective run: recorded outputs of two tiny models, put into the store and scored there by
  the scorers.
- `store`: Fill a fresh store with the example: questions, responses, a campaign, simulated votes, and logins to try.
"""
