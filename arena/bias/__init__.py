"""What attracts raters beside the answer: length, side, own family; and how far missing results could change a figure.

Files and folders, each after those that it builds on:

- `coverage`: What missing verdicts could hide: a mean beside what it would be if every missing one were the worst, or
  the best.
- `effects`: What draws a rater beside the answer: side, length and looks, estimated together with the ratings.
- `longer_response`: How often the longer of two responses is preferred, as AlpacaEval counts it.
- `single_calls`: The single calls of which judgements are made: what was said in each order, and battles of one call
  each.
- `own_family`: Whether a judge favours models of its own organisation, measured against what other raters think of
  those models.
- `report`: From a store to what draws its raters beside the answer: the pipeline behind `evenhand bias` and the
  judges' page.
"""
