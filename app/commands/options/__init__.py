"""Options that several commands share, one dataclass a group.

Files and folders, each after those that it builds on:

- `grouping`: Unfold the fields of a group into options of a command.
- `several`: Several values after one option, as other harnesses take them.
- `store`: The store that a command works on, and the form of its output.
- `filters`: Filters by question, time, rater and dimension.
- `config_file`: A TOML file of options: a judge with its endpoint, body, prices and limits.
- `endpoint`: The endpoint, what requests hold, the speed and cost of requests, and the settings of generation.
- `local`: Loading a local model and its tokenizer.
- `grader`: The grader of free answers: a model that compares answers with their references.
- `prompts`: The prompts of tasks, and where their data lies.
"""
