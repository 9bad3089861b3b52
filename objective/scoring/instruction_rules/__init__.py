"""Checks whether an output follows the instructions of IFEval, by rules that need no judge.

Files and folders, each after those that it builds on:

- `language_counts`: Words, capital words, sentences and the language of a text, by libraries.
- `rules`: The 25 rules of IFEval, each with the arguments that its data names.
- `following`: Shares of instructions that an output follows, strictly and loosely.
"""
