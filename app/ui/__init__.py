"""The pages in the browser, over the web application's routes.

The Compare page is `compare.py` (its place in Gradio), `compare.html` (its skeleton) and `static/compare*.js` with
`compare.css`: a page of our own inside one Gradio component. `static/content.css` is the look of rendered text on
every page. `texts.py` loads the Compare page's texts from `texts/`, one JSON file a language. The other modules build
the leaderboard and the admin pages of Gradio components.
"""
