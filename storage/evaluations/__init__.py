"""Runs of the objective evaluation, their predictions and their scores.

Files and folders, each after those that it builds on:

- `reading`: Predictions of stored runs for pages: counts by ending, items in a list, one item with all answers.
- `runs`: Evaluation runs: start or resume one, store each prediction when it is ready, and replace the scores.
"""
