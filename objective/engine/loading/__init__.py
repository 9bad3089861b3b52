"""Loads a local model and computes the revision that identifies it.

Files and folders, each after those that it builds on:

- `revision`: What the files of a local model say: its revision (a digest), its maximum length, and whether it may read
  images.
- `model`: Loads a model and its tokenizer, or raises an error that explains why it cannot.
- `vision`: Loads a model that reads images, with the processor that turns a chat and its images into tokens and pixels.
"""
