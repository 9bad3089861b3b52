"""Crowd work: the pages behind a campaign's crowd link.

Files and folders, each after those that it builds on:

- `crowd_pages`: The pages behind a campaign's crowd link: consent, the comprehension check, and the way to the pairs.
"""
