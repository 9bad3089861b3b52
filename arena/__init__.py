"""Who meets whom, who won, who stands where.

Files and folders, each after those that it builds on:

- `agreement/`: How far raters agree, and in what they are biased: statistics on arrays, without a store.
- `campaigns/`: Who meets whom: campaigns, pairing, and the ballots that raters have open.
- `rating/`: From battles to ratings: one method a file, all of them functions `rate(evidence, *, settings) ->
  Ratings`.
- `simulation`: Example raters who answer blind ballots the way people might, from a known truth.
- `bias/`: What attracts raters beside the answer: length, side, own family; and how far missing results could change
  a figure.
- `leaderboard/`: From the store to a leaderboard: evidence, ranking, stored runs, slices, history and live counts.
"""
