"""What a reply says: a verdict, or the cause why there is none; and scores from token probabilities.

Files and folders, each after those that it builds on:

- `token_scores`: A score from what a judge might have said: the mean over its legal answers, weighted by their
  probability.
- `verdict`: What a reply says: a verdict, or the cause why there is none. Never a default, never a tie for want of a
  verdict.
- `parsing`: From a judge's reply to a verdict, strictly: the last marker counts, and what is unclear is a cause.
"""
