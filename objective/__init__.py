"""Tasks with fixed answers, and the engine that runs local models. It meets the rest in rows, never in imports.

Files and folders, each after those that it builds on:

- `request`: The words of running a local model: what it is asked, and what comes back.
- `notes`: Facts about the scores of a task, as codes with their numbers; `app.views` has the words.
- `task`: The words of a task with fixed answers: items, templates, tasks, and families of tasks read from published
  files.
- `engine/`: The engine: it answers the requests of `objective.request` with a local model, each shared prefix
  computed once.
- `prompting/`: What a model is sent for an item, and which examples stand before it.
- `scoring/`: From outputs to scores: answers read from texts, metrics, and paired comparison of two models.
- `summary/`: The summary of runs: its table, its files, and the version ids that it shows.
- `tasks/`: One file for each publication of tasks: where its data is, how a row becomes an item, how an item is
  asked.
- `catalog`: Which tasks there are, and from what a user asks for to tasks that are ready to run.
- `evaluation/`: A run of the objective evaluation: planned, asked, scored and stored.
"""
