"""Ratings by preference beside scores on objective tasks.

Files and folders, each after those that it builds on:

- `words`: Rows of the store joined, and what the comparison says in the reader's language.
- `chart`: The scatter plot of ratings against objective scores on the Objective tab.
"""
