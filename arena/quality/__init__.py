"""Quality of raters: measures of their votes, flags, and reports.

Files and folders, each after those that it builds on:

- `presets`: Ready-made quality checks of a campaign: none, light or strict; all others are a campaign's own.
- `reading`: How long it takes at least to look at a pair: the limit below which a vote counts as fast.
- `measures`: Measures of one rater's votes: pace, gold accuracy, self-consistency, sides and choices.
- `flags`: Flags of raters: rules over measures, recomputed from the stored votes each time and stored nowhere.
- `influence`: What leaving one rater out changes on a leaderboard.
- `report`: Reports about raters: read the votes of a campaign or of all, measure each rater, and flag.
"""
