"""Campaigns, the ballots that they hand out, and their progress.

Files and folders, each after those that it builds on:

- `ballots`: Statements on ballots: reserve a pair for a rater, show it, close it.
- `campaigns`: Campaigns: create and list them, set their state, guidelines and raters, and read their pairs.
- `tallies`: Counts for people who run campaigns: work per annotator, content per source, filters for questions.
"""
