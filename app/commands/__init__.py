"""The commands of `evenhand`, one file per group, each with what it prints.

Files and folders, each after those that it builds on:

- `endpoint_options`: The options of commands that ask a model over HTTP: where it is, how fast, for how much.
- `estimates`: How statistics with intervals are written: in a table, and as JSON.
- `local_options`: Options of a local model, the same for every command that loads one.
- `options`: Groups of options that several commands share, and the decorator that unfolds them.
- `progress`: How far long work is: a bar on a terminal, plain lines elsewhere, always on standard error.
- `tables`: Tables on the screen, as JSON and as CSV, from the same rows.
- `agreement`: `evenhand agreement`: how far people and judges agree, and whether a judge still says what it said.
- `campaign`: `evenhand campaign`: make studies, open and close them, let raters in, see how far they are.
- `exchange`: `evenhand import` and `evenhand export`: rows between files and the store.
- `judge/`: `evenhand judge`: its options, what it does and what it prints.
- `rank/`: `evenhand rank`: its options and what it prints.
- `raters`: `evenhand raters`: the people who sign in, from invitation to erasure.
- `respond_jobs`: What `evenhand respond` does between its options and the model.
- `score`: `evenhand score`: log-likelihoods of continuations under a local model, from a file into a file.
- `serve`: `evenhand serve` and `evenhand demo`: the pages on a real store, and on a ready example.
- `bias`: `evenhand bias`: what draws people and judges beside the answer, and how far a judge can be relied on.
- `evaluate/`: `evenhand evaluate`: its options, what it does and what it prints.
- `listing`: `evenhand list`: what there is to choose from, filtered by words.
- `respond`: `evenhand respond`: collect a model's missing responses to the questions of the store.
- `prompt`: `evenhand prompt`: exactly what a judge or a task would send.
"""
