"""The Objective page.

Files and folders, each after those that it builds on:

- `choice`: Which runs and tasks the Objective tab shows.
- `markup`: The HTML blocks of the Objective tab: the summary, what a run is, the list of items, and one item opened.
- `items`: The lower part of the Objective tab: items in a list, and one of them with what every run wrote and scored.
- `page`: The Objective tab: how models do on tasks with fixed answers, as a table, a heatmap and item by item.
"""
