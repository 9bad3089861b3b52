"""Code: families whose answers are programs, which are run in a sandbox.

Files and folders, each after those that it builds on:

- `humaneval`: HumanEval: Python functions to complete from their heads and descriptions, checked by running tests.
- `mbpp`: MBPP: short Python programs from a sentence and three tests, checked by running the tests.
- `families`: The families of this folder, in the order of the list.
"""
