"""The page on which admins and reviewers try models by name, side by side or one alone.

Files and folders, each after those that it builds on:

- `page`: The page for trying models in Gradio, and the texts of its script.
"""
