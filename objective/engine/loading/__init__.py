"""A local model in memory, and the revision that identifies it.

Files and folders, each after those that it builds on:

- `revision`: What a local model is, as a digest of its files and of how they are loaded, and how much it reads.
- `model`: Bring a model and its tokenizer into memory, or say in one sentence why that cannot be.
"""
