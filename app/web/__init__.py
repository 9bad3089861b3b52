"""The web application around the pages: who is asking, what they may do, and what leaves the server.

Read in this order: `wording` and `language` (sentences in both languages), `passwords`, `throttle`, `sessions`
and `accounts` (who is who), `security`, `gate` and `page_head` (what every request passes through), `pages`
(signing in), `voting` and `vote_api` (the JSON behind the Compare page), `static_files`, then `application`,
which puts all of it together, and `serving`, which runs it.
"""
