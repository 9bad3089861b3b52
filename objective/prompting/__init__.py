"""Builds the prompt of an item and selects its examples.

Files and folders, each after those that it builds on:

- `shots`: Selects the examples before a question: the first, fixed places, at random with a seed, or similar ones.
- `similar_shots`: Selects for each question the examples that share most of its rare words, by BM25.
- `prompts`: Builds the exact prompt of an item: plain continuation for base models, a chat template for chat models.
- `grader_prompts`: The prompt by which a grader marks an answer against its reference, in English and Chinese, and its
  reply.
"""
