"""People and judges together, in the words of the reader, without markup.

Files and folders, each after those that it builds on:

- `calibration`: Calibration of a judge as tables in the reader's language, without markup.
- `judge_verdicts`: What the votes of people show about a judge: a verdict, and what speaks against it.
- `judge_sentences`: The sentence that each section about a judge begins with: what its figures show, in the reader's
  language.
- `board_lines`: What a leaderboard of people and judges says, in the reader's language and without markup.
"""
