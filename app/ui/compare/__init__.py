"""The Compare page: blind pairs, one key a vote.

Files and folders, each after those that it builds on:

- `page`: The Compare page's place in Gradio: one static component, filled by a script of ours.
"""
