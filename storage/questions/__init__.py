"""Questions, responses, their texts, and the names used outside the store.

Files and folders, each after those that it builds on:

- `names`: Names of models, raters and questions by id.
- `questions`: Find, create and list models, questions and responses.
- `transcripts`: The texts of questions and responses by id, for pages.
- `missing_responses`: Find missing responses, and store collected ones.
"""
