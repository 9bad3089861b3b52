"""Instructions, tools and safety: families whose answers are checked by rules.

Files and folders, each after those that it builds on:

- `ifeval`: IFEval: prompts whose instructions rules can check, such as a number of words or no commas.
- `bfcl`: Berkeley Function Calling Leaderboard: calls of functions that a question needs, in Python's syntax.
- `xstest`: XSTest: prompts that only sound unsafe, which a model should answer, and unsafe ones, which it
  should refuse.
- `families`: The families of this folder, in the order of the list.
"""
