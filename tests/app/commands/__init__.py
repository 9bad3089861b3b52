"""Proofs of the command line, as its user meets it: words in, text, JSON and an exit code out."""
