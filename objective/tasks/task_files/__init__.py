"""Tasks from the YAML files of lm-evaluation-harness (`lm_eval`), with its fields and their meaning there.

Files and folders, each after those that it builds on:

- `fields`: Reads a task file with the files that it includes, and names the fields that cannot be followed.
- `rendering`: Renders the texts of a document: Jinja in a sandbox, or the value of a column.
- `documents`: Reads the documents of a task from local files or the hub.
- `items`: Makes the items of a task from its documents.
- `families`: Families of the tasks and groups that a file defines.
"""
