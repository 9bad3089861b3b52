"""The ready example: its store, its judges and its objective run.

Files and folders, each after those that it builds on:

- `judges`: Example judges with made-up replies, which are parsed, stored and counted like real ones.
- `objective`: Objective evaluation of the demo: recorded outputs of two tiny models, stored and then scored.
- `store`: Fill an empty store with the example: questions, responses, a campaign, simulated votes and logins.
"""
