"""The Arena page: ask two models at once, talk, vote, and see who they were.

Files and folders, each after those that it builds on:

- `page`: The Arena page in Gradio, and the texts of its script.
"""
