"""The Objective page.

Files and folders, each after those that it builds on:

- `choice`: The evaluation runs and tasks that the Objective tab shows.
- `markup`: HTML blocks of the Objective tab: summary, run cards, list of items, and the view of one item.
- `regression_markup`: HTML blocks of the comparison of two evaluations: its tasks, and the items that differ.
- `regression`: Two evaluations side by side: is one better, on which tasks, and on which items they differ.
- `items`: The lower part of the Objective tab: the list of items, and one item with every run's predictions.
- `page`: The Objective tab: scores on tasks with fixed answers, as a table, a heatmap and item by item.
"""
