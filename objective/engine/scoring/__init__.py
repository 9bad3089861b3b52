"""Log-likelihoods of continuations, and the proof that a model may share prefixes.

Files and folders, each after those that it builds on:

- `likelihoods`: Log-likelihoods of targets: groups and rows in, sums of nats out, batch by batch.
- `sharing_proof`: Which models may share prefixes, and the proof on one question before any work.
"""
