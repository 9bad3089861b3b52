"""Scores on objective tasks by the ability that they test.

Files and folders, each after those that it builds on:

- `scores`: Scores of models by ability: means over the tasks that test it.
- `bars`: Scores by ability as bars, in the common style.
"""
