"""Long context and retrieval: families with long texts before their questions.

Files and folders, each after those that it builds on:

- `families`: The families of this folder, in the order of the list.
"""
