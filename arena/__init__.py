"""Campaigns, ratings of models, leaderboards, and statistics about raters.

Files and folders, each after those that it builds on:

- `agreement/`: Agreement of raters: statistics on arrays, and the report that reads them from a store.
- `quality/`: Quality of raters: measures of their votes, flags, and reports.
- `campaigns/`: Campaigns: creation, pairing, and the ballots that raters have open.
- `live/`: Live conversations: which two models answer, what gives them away, and what may happen when.
- `rating/`: Rating methods: one file per method, each a function `rate(evidence, *, settings) -> Ratings`.
- `simulation`: Simulated raters who answer blind ballots from known qualities of the models.
- `fused/`: People and judges on one leaderboard: ratings of what people prefer, made surer by judges.
- `calibration/`: Calibration of judges against people: confusion, curve, errors, corrected means, and drift.
- `bias/`: Biases of raters: side, length, formatting, own family; and worst cases of means with missing values.
- `leaderboard/`: Leaderboards from a store: evidence, ranking, stored runs, slices, history and live counts.
- `decisions/`: Decisions: whether one model is better than another, and whether to go on collecting votes.
"""
