"""Runs an evaluation: plans prompts, collects outputs, scores and stores them.

Files and folders, each after those that it builds on:

- `rotations`: Circular evaluation: each question once for every rotation of its options, right only if all are.
- `plan`: Plans an evaluation run: the prompts of each task, and the digests that identify predictions and runs.
- `outputs`: Sends planned items to a backend and collects their outputs, so that a failing task does not stop the
  others.
- `stored_outputs`: Finds the outputs of planned items that an earlier run has stored, so that nothing is asked twice.
- `grading`: Marks answers by a grader, a model that compares an answer with its reference, where rules leave them
  unparsed.
- `marked_answers`: Answers that people marked, marked again by the rules and by a grader, to see how far these can be
  trusted.
- `task_scores`: Scores the stored predictions of a task and makes its rows of the summary; no model is needed.
- `run_scores`: Scores a run: every output by the rules, then the answers that fall to a grader, then the rows of the
  summary.
- `run`: Runs an evaluation: each prediction is stored as it arrives, and the same call resumes an interrupted run.
- `flipped_items`: The items on which two runs differ: right in one and not in the other, with what both models wrote.
- `sample_log`: The samples of a run in the log format of lm-evaluation-harness 0.4.13: one JSONL file per task, and a
  results file.
- `option_orders`: A probe of contamination: does a model find the published order of options likelier than other
  orders?
"""
