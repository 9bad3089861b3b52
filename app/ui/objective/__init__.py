"""The Objective page.

Files and folders, each after those that it builds on:

- `choice`: The evaluation runs and tasks that the Objective tab shows.
- `summary_markup`: HTML blocks of the summary: what the evaluations say in one sentence, what is the same for all
  tasks, and the table.
- `missing_markup`: HTML blocks of what failed or is missing, and of evaluations that have not finished or begun.
- `markup`: HTML blocks of the Objective tab: details of runs, list of items, and the view of one item.
- `regression_markup`: HTML blocks of the comparison of two evaluations: its tasks, and the items that differ.
- `regression`: Two evaluations side by side: is one better, on which tasks, and on which items they differ.
- `items`: The last section of the Objective tab: the list of items, and one item with every run's predictions.
- `page`: The Objective tab: scores on tasks with fixed answers first, then comparisons, what is missing, and the
  answers.
"""
