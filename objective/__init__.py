"""Tasks with fixed answers, and the engine that runs local models. It meets the rest in rows, never in imports.

Files and folders, each after those that it builds on:

- `causes`: Why a prediction failed or a task cannot be asked, as codes with numbers; the words are in `app.views`.
- `notes`: Notes on the scores of a task, as codes with numbers; `app.views.objective_notes` has the sentences.
- `images`: Images of items: their bytes, their type, and the digest by which items name them.
- `request`: Requests to a model and their results: the interface between tasks and backends.
- `engine/`: The engine: answers the requests of `objective.request` with a local model, computing each shared prefix
  once.
- `task`: Tasks with fixed answers: items, templates, tasks, and families of tasks from one publication.
- `prompting/`: Builds the prompt of an item and selects its examples.
- `scoring/`: Extracts answers from outputs, scores them, and computes metrics and paired comparisons.
- `summary/`: The summary of evaluation runs: its table, its files, and its version ids.
- `tasks/`: The tasks: one file per publication, with its data files, items and templates; and tasks from a user's own
  files.
- `catalog`: The task families, and the selection of tasks by name, pattern or file.
- `evaluation/`: Runs an evaluation: plans prompts, collects outputs, scores and stores them.
"""
