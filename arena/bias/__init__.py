"""Biases of raters: side, length, formatting, own family; and worst cases of means with missing values.

Files and folders, each after those that it builds on:

- `coverage`: Worst cases of means with missing values: the mean if every missing value were the lowest, or the
  highest.
- `effects`: Biases of a rater: effects of side, length and formatting, estimated together with the ratings.
- `longer_response`: Share of preferences for the longer of two responses, counted as in AlpacaEval.
- `single_calls`: Single calls of judgments: the verdict in each order, and one battle per call.
- `own_family`: Self-preference of a judge: its bias for models of its own organisation, relative to other raters.
- `report`: Biases of the raters of a store: the pipeline behind `evenhand bias` and the Judges page.
"""
