"""What a rater has done: look back at it, change it, count it.

Files and folders, each after those that it builds on:

- `votes`: The own votes of a rater: look back at them, change one, and count them. Nothing here names a model.
"""
