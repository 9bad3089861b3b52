"""The JSON API behind the Compare page.

Files and folders, each after those that it builds on:

- `protocol`: What the vote API needs of whoever runs the votes, in the shape of its JSON.
- `requests`: Read the JSON of the vote API strictly: what is unknown, missing or of another kind is refused by name.
- `api`: The JSON behind the Compare page: find out who asks, check the form, let `Voting` decide, answer.
- `rendered_pairs`: What the Compare page gets: the arena's desk with its ids turned into safe HTML.
"""
