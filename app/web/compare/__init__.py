"""The JSON API behind the Compare page.

Files and folders, each after those that it builds on:

- `scales`: The scale on which responses are scored, as pages show it.
- `protocol`: The voting service that the vote API calls, and the types of its JSON.
- `requests`: Strict reading of the vote API's JSON: unknown, missing and invalid fields are refused by name.
- `endpoints`: Endpoints of the JSON API: identify the rater, check the body, and turn errors into sentences.
- `api`: The JSON API of the Compare page: identify the rater, check the request, call `CompareService`, reply.
- `rendered_texts`: Questions, responses and guidelines rendered to safe HTML for raters.
- `rendered_pairs`: The voting service of the Compare page, with questions and responses rendered to safe HTML.
"""
