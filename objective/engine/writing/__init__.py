"""Generates texts: in batches that share prompts, one by one, or by continuous batching.

Files and folders, each after those that it builds on:

- `token_sampling`: Chooses the next token of each text (the likeliest, or a sample), and reports the likeliest
  tokens.
- `texts`: A text during generation: its tokens so far, its stop conditions, and the result.
- `batched`: Generates texts in batches: a shared prompt is read once, and a finished text is replaced by the next
  one.
- `continuous_batching`: Generates texts by the continuous batching of transformers, which has a paged cache and its
  own scheduler.
- `one_by_one`: Generates texts one by one with the model's own cache: slower, but correct for every transformers
  architecture.
- `about_images`: Generates the reply to a chat with images, one chat at a time, with the model's own cache.
"""
