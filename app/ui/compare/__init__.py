"""The Compare page: blind pairs, one key a vote.

Files and folders, each after those that it builds on:

- `page`: The Compare page in Gradio: one static component that our script fills.
"""
