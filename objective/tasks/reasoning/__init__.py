"""Reasoning and mathematics: families with worked answers.

Files and folders, each after those that it builds on:

- `families`: The families of this folder, in the order of the list.
"""
