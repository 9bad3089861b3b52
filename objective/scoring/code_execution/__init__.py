"""Runs programs of models with their tests in a sandbox; off unless it is allowed.

Files and folders, each after those that it builds on:

- `inside`: Builds the file system of a sandbox, runs one program in it, and reports how it ended.
- `sandbox`: Runs a program of a model in a sandbox of Linux namespaces, and tells how it ended.
- `permission`: Whether programs of models may run: off unless the user allows it for this process.
- `programs`: Makes a whole program from an output and the tests of its item, and scores outputs by running them.
"""
