"""The JSON API behind the Leaderboard page.

Files and folders, each after those that it builds on:

- `api`: The JSON API of the Leaderboard page: identify the person, check the role, call `BoardSource`, reply.
"""
