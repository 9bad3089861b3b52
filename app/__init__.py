"""The roof: the command line, the web pages, and the wiring that puts stores, arenas and pages together.

Files and folders, each after those that it builds on:

- `models/`: How commands reach models: references to models, local models and endpoints.
- `rendering/`: Untrusted text to safe HTML: Markdown, formulas and highlighted code.
- `settings`: What the surroundings say about a run, as one typed value.
- `views/`: From rows to words and figures in the language of the reader, without markup.
- `web/`: The web application around the pages: who is asking, what they may do, and what leaves the server.
- `demo/`: The ready example: its store, its judges and its objective run.
- `ui/`: The pages in the browser, over the web application's routes.
- `wiring`: Build the services of a process: the only place that knows all parts, the clock and the randomness.
- `commands/`: The commands of `evenhand`, one file per group, each with what it prints.
- `cli`: The console script `evenhand`: what it offers, and how every failure leaves it.
"""
