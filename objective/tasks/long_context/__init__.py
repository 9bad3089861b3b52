"""Long context and retrieval: families with long texts before their questions.

Files and folders, each after those that it builds on:

- `haystack`: Generates long texts of plain invented sentences without digits, and hides a sentence in them.
- `needle`: A needle in a haystack: one sentence with a code number in a long generated text.
- `longbench`: LongBench: questions on long documents in English and Chinese, summaries, classes, and lines of code.
- `open_book`: Open-book questions: short answers in English from passages of a search.
- `families`: The families of this folder, in the order of the list.
"""
