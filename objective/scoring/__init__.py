"""From outputs to scores: answers read from texts, metrics, and paired comparison of two models.

Files and folders, each after those that it builds on:

- `extraction`: Read the answer in a model's text: a letter, several letters, a number, a text, LaTeX.
- `paired_comparison`: Two models on the same items: who is right where the other is wrong, and how sure the
  difference is.
- `letters`: Read the option letter, or letters, that a text decides for, in Chinese and English.
- `numbers`: Read the number that a text ends in or states as its answer.
- `marks`: From outputs and likelihoods to marks, and from marks to a task's metrics with their standard errors.
"""
