"""The commands of `evenhand`, one file or folder each.

Files and folders, each after those that it builds on:

- `options/`: Options that several commands share, one dataclass a group.
- `tables`: Tables as text, JSON and CSV from the same rows, and the forms of numbers and names in messages.
- `progress`: Progress of long work: a bar on a terminal, plain lines elsewhere.
- `planned_requests`: What a dry run says of requests: how many, those whose replies are stored, and the cost.
- `estimates`: Statistics with their intervals, as text and as JSON.
- `rater_quality`: Quality of raters as text and as JSON.
- `example`: Make the file of the example in a process of its own, while this one loads the pages: both take seconds.
- `serve`: `evenhand serve` and `evenhand demo`: the web pages on a store, and on the example.
- `exchange`: `evenhand import` and `evenhand export`: rows of files into the store, and rows of the store into files.
- `respond`: `evenhand respond`: collect a model's missing responses to the questions in the store.
- `judge/`: `evenhand judge`: have language models judge responses.
- `rank/`: `evenhand rank`: fit a leaderboard, store it and print it.
- `compare_votes`: `evenhand compare` on votes and judgments: the answer as text, as JSON and as Markdown.
- `compare_objective`: `evenhand compare --by objective`: two models on the same items of tasks with fixed answers.
- `compare`: `evenhand compare`: whether one model is better than another, by how much and how surely.
- `objective_agreement`: Output of `evenhand agreement --objective`: ratings beside objective scores.
- `ask`: `evenhand ask`: which pairs to ask about next, and how many more votes each needs.
- `agreement`: `evenhand agreement`: agreement between people and judges, and drift between versions of a judge.
- `bias`: `evenhand bias`: biases of people and judges, and the reliability of judges.
- `report`: `evenhand report`: a static site with all results and their data, and its verification.
- `evaluate/`: `evenhand evaluate`: evaluate models on tasks with fixed answers.
- `grade`: `evenhand grade`: how far the rules and a grader agree with marks by hand.
- `probe`: `evenhand probe`: whether a local model may have been trained on the questions of a task.
- `score`: `evenhand score`: log-likelihoods of continuations under a local model.
- `prompt`: `evenhand prompt`: exactly what a judge or a task sends.
- `campaign/`: `evenhand campaign`: campaigns, their gold items, and the review of votes.
- `raters`: `evenhand raters`: accounts of people, from invitation to erasure.
- `models`: `evenhand models`: rename and merge models, list what was changed, and take it back.
- `store`: `evenhand store`: check a store, back it up while it is in use, and restore a backup.
- `listing`: `evenhand list`: models, questions, methods and everything else that options can name.
"""
