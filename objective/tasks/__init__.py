"""One file for each publication of tasks: where its data is, how a row becomes an item, how an item is asked.

`files` reads rows below the data folder; each other file makes one `Family`; `objective.catalog` lists them.
"""
