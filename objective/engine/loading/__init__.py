"""Loads a local model and computes the revision that identifies it.

Files and folders, each after those that it builds on:

- `revision`: The revision of a local model (a digest of its files and of how they are loaded), and its maximum
  length.
- `model`: Loads a model and its tokenizer, or raises an error that explains why it cannot.
- `vision`: Loads a model that reads images, with the processor that turns a chat and its images into tokens and pixels.
"""
