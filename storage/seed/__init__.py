"""The example data of `evenhand demo`: read `CARD.md`, then the rows, then `loading.py`.

Files and folders, each after those that it builds on:

- `loading`: Read the example data of this folder as typed rows.
- `predictions`: The recorded outputs of two tiny models on the bundled tasks, which are scored when they are read.
- `planting`: Write the example data into an empty store: its models, questions and responses, and the example raters.
"""
