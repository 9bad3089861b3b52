"""Quality of raters: measures of their votes, flags, and reports.

Files and folders, each after those that it builds on:

- `reading`: How long it takes at least to look at a pair: the limit below which a vote counts as fast.
"""
