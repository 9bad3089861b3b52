"""The summary of runs: its table, its files, and the version ids that it shows.

Files and folders, each after those that it builds on:

- `table`: The summary table: one line per task and metric, one per group, one column per model.
- `version_id`: The six-digit version ids of OpenCompass's summary, for tasks that repeat one of its configurations
  word for word.
- `files`: A summary as text, CSV, Markdown and JSON, in a folder named after a date.
"""
