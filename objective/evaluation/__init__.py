"""A run of the objective evaluation: planned, asked, scored and stored.

Files and folders, each after those that it builds on:

- `plan`: What a run will ask: each task's prompts, and the digest of all that decides an output.
- `asking`: Send what was planned to a backend, and let one task's failure not take the others along.
- `marking`: From a task's stored samples to marks and to its rows of the summary; no model is needed.
- `run`: Run tasks on a model: each sample is stored when it is done, and the same call goes on where it was stopped.
"""
