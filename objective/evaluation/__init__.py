"""Runs an evaluation: plans prompts, collects outputs, scores and stores them.

Files and folders, each after those that it builds on:

- `rotations`: Circular evaluation: each question once for every rotation of its options, right only if all are.
- `plan`: Plans an evaluation run: the prompts of each task, and the digests that identify predictions and runs.
- `outputs`: Sends planned items to a backend and collects their outputs, so that a failing task does not stop the
  others.
- `task_scores`: Scores the stored predictions of a task and makes its rows of the summary; no model is needed.
- `run`: Runs an evaluation: each prediction is stored as it arrives, and the same call resumes an interrupted run.
"""
