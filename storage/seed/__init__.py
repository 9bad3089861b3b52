"""The example data that a newcomer meets first: read `CARD.md`, then the rows, then `loading.py`.

Files and folders, each after those that it builds on:

- `loading`: Read the example data of this folder as typed rows.
- `predictions`: What two tiny models wrote when they were asked the bundled tasks: recorded once, scored again
  wherever it is read.
- `planting`: Write the example data into an empty store: its models, questions and responses, and the example raters.
"""
