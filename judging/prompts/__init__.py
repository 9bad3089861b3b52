"""Judge prompts: one Markdown file each, and the rubric dimensions they ask about.

To add a judge prompt, put its file into `en/` or `zh/`; the folder is all that has to know it.

Files and folders, each after those that it builds on:

- `dimensions`: Rubric dimensions for each category of questions.
- `prompt_file`: Reading, checking and filling prompt files.
- `messages`: What is in a message: its text and its images.
"""
