"""Language and understanding: families on texts, translation and common sense.

Files and folders, each after those that it builds on:

- `families`: The families of this folder, in the order of the list.
"""
