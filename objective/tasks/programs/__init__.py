"""Code: families whose answers are programs, which are run in a sandbox.

Files and folders, each after those that it builds on:

- `families`: The families of this folder, in the order of the list.
"""
