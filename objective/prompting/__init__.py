"""What a model is sent for an item, and which examples stand before it.

Files and folders, each after those that it builds on:

- `shots`: Which examples a model is shown before a question: the first, fixed ones, or a random draw with a seed.
- `prompts`: Exactly what a model is sent for an item: plain continuation for base models, a chat template for chat
  models.
"""
