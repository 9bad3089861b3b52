"""Batch files of OpenAI-compatible endpoints: requests written to files, and the replies read back from others.

Files and folders, each after those that it builds on:

- `requests`: Request files: one line for each open request of a plan, within the limits of a file.
- `results`: Output and error files, in any order, as a model that answers from them.
- `service`: Uploading request files, starting batches, and fetching their results over the API.
"""
