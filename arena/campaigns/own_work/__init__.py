"""What a rater has done: look back at it, change it, count it.

Files and folders, each after those that it builds on:

- `answers`: What the own answers of a rater have in common: whose ballot it is, and whether its answer may still
  change.
- `votes`: The own votes of a rater: look back at them, change one, and count them. Nothing here names a model.
- `scores`: The own scores of a rater: look back at them, change them, and count them. Nothing here names a model.
"""
