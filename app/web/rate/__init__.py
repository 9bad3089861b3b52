"""The JSON API behind the Rate page.

Files and folders, each after those that it builds on:

- `protocol`: The rating service that the API calls, and the types of its JSON.
- `api`: The JSON API of the Rate page, under `/api/rate`.
- `rendered_ratings`: The rating service of the Rate page, with questions and responses rendered to safe HTML.
"""
