"""Runs of the objective evaluation, their predictions and their scores.

Files and folders, each after those that it builds on:

- `reading`: Stored objective runs for people: how their samples ended, items in a list, and one item with every
  answer.
- `runs`: Objective runs: opened or gone on with, each sample stored when it is done, scores replaced as a whole.
"""
