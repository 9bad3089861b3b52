"""Translation, scored by BLEU and chrF.

Files and folders, each after those that it builds on:

- `sentences`: Makes translation tasks from pairs of sentences.
- `flores`: FLORES-200: sentences from English into other languages and back.
- `wmt`: WMT: news from and into English, in the years that the harness asks.
"""
