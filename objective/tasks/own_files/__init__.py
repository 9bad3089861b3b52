"""Tasks from a user's own files.

Files and folders, each after those that it builds on:

- `groups`: Groups of tasks from a user's TOML file: names, tasks or patterns, and weights.
- `options`: Options in the rows of a user's file, and the option that an answer refers to by letter, text or number.
- `python_file`: Tasks from a user's Python file, which defines `FAMILY`, a `Family` with a `load` function.
- `rows`: Tasks from a user's JSONL, CSV, TSV or Parquet file, multiple choice or question-answer, recognised by the
  columns.
"""
