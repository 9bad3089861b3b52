"""One file for each public layout of rows, and a catalogue that tells them apart.

Files and folders, each after those that it builds on:

- `row_format`: What a format is: the columns by which it is recognised, and the function that reads its rows.
- `winner_labels`: What the label of a winner means: mapped where it has one meaning, refused otherwise.
- `battles`: Battles of other programs: `model_a, model_b, winner`, with or without columns that say who rated.
- `judged_games`: Judgments made of one or two games: scored, inconsistent or failed.
- `lmarena`: LMArena (formerly Chatbot Arena): published votes in four layouts.
- `chosen_pairs`: Pairs of a chosen and a rejected response for training (DPO, RLHF, TRL), read.
- `dpo`: The same pairs, written.
- `published_layouts`: Votes and responses in the layouts of LMArena, MT-bench and AlpacaEval, written.
- `benchmarks/`: Layouts of benchmarks: questions, answers and judgments.
- `tools/`: Layouts of programs in which people compare responses.
- `evenhand_rows`: Evenhand's own files, read.
- `evenhand_columns`: Evenhand's own files, written.
- `catalog`: Every format that can be imported, and how to tell which one a file has.
"""
