"""Prompts of published configurations as data, one file for each source with its licence and version.

Figures that others published depend on them to the byte, so they are repeated word for word; see `lm_eval.json` and
`opencompass.json`.

Files and folders, each after those that it builds on:

- `prompts`: Reads the published prompt of a task and fills it with the columns of a row.
- `templates`: Templates of tasks from published prompts whose names are the fields of an item.
"""
