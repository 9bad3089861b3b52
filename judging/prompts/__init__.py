"""Judge prompts as files, and the dimensions that they ask about.

Files and folders, each after those that it builds on:

- `dimensions`: What a rubric looks at, by the category of the question: a code answer is not judged by its beauty.
- `prompt_file`: Judge prompts as files: a header, a system part, a user part, and fields that must all be known and
  all be filled.
"""
