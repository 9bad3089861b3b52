"""The pages in the browser, over the web application's routes.

Files and folders, each after those that it builds on:

- `compare/`: The Compare page: blind pairs, one key a vote.
- `labels`: Labels that Gradio translates in the browser, from the same table as the server's sentences.
- `look`: The look of Gradio's own components: the palette and the type of our pages, in light and in dark.
- `markup`: The HTML blocks of the admin pages: tables, tiles, progress bars, banners.
- `texts`: The texts of the pages, in every language of the site.
- `visitor`: Who asks: the one door through which every handler of the admin pages is called.
- `choices`: Dropdowns whose choices come from the store and whose words are the reader's.
- `tab`: What the tabs of the admin pages are made of: how events behave, and how they are filled.
- `judges/`: The Judges page.
- `leaderboard/`: The Leaderboard page.
- `objective/`: The Objective page.
- `admin/`: The pages for admins and reviewers: campaigns, raters and data, and the frame around all admin pages.
"""
