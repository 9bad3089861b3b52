"""The web application around the pages: who is asking, what they may do, and what leaves the server.

Read in this order: `passwords`, `throttle`, `sessions` and `accounts` (who is who), `language`, `wording`,
`templates` and `refusals` (sentences and pages in both languages), `headers`, `security`, `gate` and `page_head`
(what every request passes), `pages` (signing in), `voting`, `requests` and `vote_api` (the JSON behind the Compare
page), `static_files`, then `application`, which puts all of it together, and `serving`, which runs it.
"""
