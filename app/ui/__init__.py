"""The pages in the browser, over the web application's routes.

Files and folders, each after those that it builds on:

- `skeletons`: The skeletons of the pages of raters, which share the parts of `rater_parts.html`.
- `pictures/`: Images on the pages of raters: scripts and styles of their boxes, and of the view that enlarges them.
- `compare/`: The Compare page: blind pairs, one key a vote.
- `labels`: Labels that Gradio translates in the browser, from the same texts as the server's sentences.
- `look`: Gradio theme with the colours and fonts of our pages, light and dark.
- `markup`: HTML blocks of the admin pages: tables, tiles, progress bars, banners.
- `texts`: Texts of the Compare page in every language.
- `live/`: The Arena page: ask two models at once, talk, vote, and see who they were.
- `trials/`: The page on which admins and reviewers try models by name, side by side or one alone.
- `rate/`: The Rate page: scores of one response, or of all responses to a question, on several dimensions.
- `visitor`: The visitor of the admin pages, and the decorator that authorises every handler.
- `choices`: Dropdowns with choices from the store and labels in the reader's language.
- `tab`: Building blocks of the admin tabs: event options, fills and common components.
- `lists`: Lists with filters and pages, as on the Judges and Objective tabs.
- `judges/`: The Judges page.
- `leaderboard/`: The Leaderboard page.
- `objective/`: The Objective page.
- `admin/`: The pages for admins and reviewers: campaigns, raters and data, and the frame around all admin pages.
"""
