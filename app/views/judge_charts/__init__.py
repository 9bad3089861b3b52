"""Figures of the Judges tab, in the common style of the pages.

Files and folders, each after those that it builds on:

- `rows`: Figures of one judge's results on pairs, and elements shared by all figures of judges.
- `intervals`: Figures that compare one judge with other raters: agreement and biases, with intervals.
- `scores`: Figures of scores of single responses: distributions and means by category.
"""
