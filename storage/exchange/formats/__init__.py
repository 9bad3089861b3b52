"""One file for each public layout of rows, and a catalogue that tells them apart.

Files and folders, each after those that it builds on:

- `row_format`: What a format is: the columns by which it is recognised, and the function that reads its rows.
- `winner_labels`: What the label of a winner means: mapped where it has one meaning, refused otherwise.
- `fastchat`: FastChat: questions and answers of MT-bench, and of the older Vicuna benchmark.
- `alpaca_eval`: AlpacaEval: instructions, and the outputs of models with them.
- `battles`: Battles of other programs: `model_a, model_b, winner`, with or without columns that say who rated.
- `lmarena`: LMArena (formerly Chatbot Arena): published battles.
- `evenhand_rows`: Evenhand's own files, read.
- `evenhand_columns`: Evenhand's own files, written.
- `dpo`: Preference pairs for training (DPO): a prompt, the chosen response and the rejected one; export only.
- `llm_comparator`: Two models' responses with people's votes as a file for LLM Comparator; export only.
- `catalog`: Every format that can be imported, and how to tell which one a file has.
"""
