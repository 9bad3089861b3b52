"""Scorers of free texts by their overlap with references.

Files and folders, each after those that it builds on:

- `ngram_overlap`: ROUGE, chrF and BLEU by sets of n-grams, in every digit as rouge-score and sacrebleu have them.
- `text_overlap`: Scorers of free texts by their overlap with references: exact match, F1, ROUGE, BLEU and chrF.
"""
