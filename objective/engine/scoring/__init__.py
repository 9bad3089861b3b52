"""Computes log-likelihoods, and checks whether a model can share prefixes.

Files and folders, each after those that it builds on:

- `likelihoods`: Computes the log-likelihoods of targets in batches of rows.
- `sharing_check`: Decides whether a model can share prefixes, and verifies it on a test question.
"""
