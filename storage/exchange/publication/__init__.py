"""Rows that may be published: without private questions, names of raters, times and comments; and back into a store.

Files and folders, each after those that it builds on:

- `columns`: Kinds of published rows, their columns and their files.
- `rows`: Rows of a store as they may be published.
- `loading`: Published files read into an empty store, so that every statistic can be computed from them again.
"""
