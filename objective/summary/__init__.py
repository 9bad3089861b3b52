"""The summary of evaluation runs: its table, its files, and its version ids.

Files and folders, each after those that it builds on:

- `table`: The summary table: one line per task and metric, one line per group, one column per model.
- `version_id`: The six-digit version ids of OpenCompass summaries, for tasks that repeat one of its configurations
  word for word.
- `heatmap`: A heat map of values by length and depth, for tasks that search long texts, as SVG and as a table.
- `files`: Writes a summary as text, CSV, Markdown and JSON into a timestamped folder.
"""
