"""Layouts of programs in which people compare responses.

Files and folders, each after those that it builds on:

- `text_pairs`: Find the prompt, both responses and both models among columns whose names differ.
- `label_studio`: Label Studio: exported tasks with pairwise annotations.
- `argilla`: Argilla: exported records with a ranking of two responses or the choice of one.
- `autoarena`: AutoArena: responses to prompts, and head-to-head results.
- `unnamed_pairs`: Labelled pairs of responses without the names of their models.
- `llm_comparator`: LLM Comparator: two models' responses with judgments or votes, read and written.
"""
