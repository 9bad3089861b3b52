"""Questions, responses, their texts, and the names used outside the store.

Files and folders, each after those that it builds on:

- `model_names`: Which model each name means, after renames and merges: the rule of every board, count and export.
- `names`: Names of raters and questions by id, and organisations of models.
- `questions`: Find, create and list models, questions and responses.
- `transcripts`: The texts of questions and responses by id, for pages.
- `response_costs`: What a response of each model costs: mean tokens and latency.
- `missing_responses`: Find missing responses, and store collected ones.
"""
