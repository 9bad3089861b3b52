"""`evenhand campaign`: campaigns, their gold items, and the review of votes.

Files and folders, each after those that it builds on:

- `options`: Options for the drawing and the quality settings of a campaign.
- `scoring_options`: Options of a campaign in which raters score responses.
- `gold`: `evenhand campaign gold`: add, list and remove gold items.
- `live`: `evenhand campaign live`: create a campaign of live conversations.
- `review`: The review of raters and of their votes: quality, pauses, disagreements, decisions, remarks.
- `command`: `evenhand campaign`: create, open and close campaigns, admit raters, and show progress.
"""
