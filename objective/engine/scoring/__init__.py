"""Computes log-likelihoods, and checks whether a model can share prefixes.

Files and folders, each after those that it builds on:

- `likelihoods`: Computes the log-likelihoods of targets in batches of rows.
- `proven`: Architectures that were compared with plain passes, one text at a time, at lengths beyond every window.
- `sharing_check`: Finds out whether a model can share prefixes and run in batches: by its configuration, and by
  comparison.
- `sharing`: Decides what a model may compute together: prefixes of several texts, a batch of texts, or nothing.
"""
