"""Two evaluations of tasks with fixed answers, compared item by item.

Files and folders, each after those that it builds on:

- `comparison`: Two runs on the same items: the decision, each task by itself, and the items that differ.
- `words`: What the comparison of two runs says in the reader's language.
"""
