"""Questions, responses and their texts, and what they are called outside the store.

Files and folders, each after those that it builds on:

- `names`: What models, raters and questions are called in columns that leave the store.
- `questions`: Models, questions and responses: find or make them in bulk, and list them.
- `transcripts`: The texts of questions and responses by id: what a page renders.
- `missing_responses`: Which responses are missing, and storing those that were collected.
"""
