"""Instructions, tools and safety: families whose answers are checked by rules.

Files and folders, each after those that it builds on:

- `families`: The families of this folder, in the order of the list.
"""
