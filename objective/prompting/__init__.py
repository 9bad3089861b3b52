"""Builds the prompt of an item and selects its examples.

Files and folders, each after those that it builds on:

- `shots`: Selects the examples before a question: the first, fixed positions, or a random selection with a seed.
- `prompts`: Builds the exact prompt of an item: plain continuation for base models, a chat template for chat models.
"""
