"""The roof: the command line, the web pages, and the wiring that puts stores, arenas and pages together.

Files and folders, each after those that it builds on:

- `models/`: References to models, local models and endpoints.
- `rendering/`: Untrusted text to safe HTML: Markdown, formulas and highlighted code.
- `settings`: The settings of a run from options and environment variables.
- `views/`: From rows to words and figures in the language of the reader, without markup.
- `report/`: A static site with all results of a store or of files of votes, and the data to compute it again.
- `web/`: The web application around the pages: who is asking, what they may do, and what leaves the server.
- `ui/`: The pages in the browser, over the web application's routes.
- `wiring`: Build the services of a process: the only place that knows all parts, the clocks and the randomness.
- `site_wiring`: Build the web application of a store: its pages, its calls, and the live arena with its models.
- `demo/`: The ready example: its store, its judges and its objective run.
- `commands/`: The commands of `evenhand`, one file or folder each.
- `cli`: The console script `evenhand`: its commands, and the messages and exit codes of failures.
- `notebook_rows`: Tables of a notebook: rows as files that imports and judge runs read, and judgments as rows.
- `notebook_scores`: Scores of recorded outputs against fixed answers, for notebooks.
"""
