"""One file for each public layout of rows, and how to tell them apart.

Files and folders, each after those that it builds on:

- `arena_battles`: Battles as others write them: LMArena's rows, annotated CSVs, and bare `model_a, model_b, winner`.
- `comparator`: Two models' responses with people's verdicts as a file for LLM Comparator.
- `own_columns`: Canonical rows as rows of our own files: column to value, in the order of `COLUMNS`.
- `published_questions`: Questions and answers of FastChat (MT-bench and the older Vicuna form) and of AlpacaEval as
  canonical rows.
- `training`: Preference pairs for training (DPO): a prompt, the response that was chosen and the one that was
  rejected.
- `own_rows`: Our own rows, as `exporting` writes them, as canonical rows.
- `recognition`: Whose columns are these: one small function for each kind of row of each format, and how to tell them
  apart.
"""
