"""The roof: the command line, the web pages, and the wiring that puts stores, arenas and pages together.

Nothing below imports from here, and clock, environment, seeds and network addresses enter here only.

Start with `cli.py` (what `evenhand` offers) and `commands/` (one file per group of commands); `settings.py` reads
the environment, `wiring.py` builds what commands and pages work with, `demo.py` fills a store with the example.
`web/` is the application around the pages, `ui/` the pages themselves. Between store and page stand `render.py` with
`markdown.py` and `formulas.py` (text to safe HTML), `comparing.py` (a rater's desk), `views.py`, `sentences.py` and
`charts.py` (boards as rows, words and figures).
"""
