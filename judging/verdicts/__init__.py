"""From a judge's reply to its verdict.

Files and folders, each after those that it builds on:

- `token_scores`: Expected scores from token probabilities.
- `verdict`: Verdicts, the output forms of judge prompts, and the causes why a reply has no verdict.
- `parsing`: The strict parser of judge replies.
"""
