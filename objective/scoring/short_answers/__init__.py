"""Scorers of short answers: letters, LaTeX, statements in sentences, and answers to questions on long texts.

Files and folders, each after those that it builds on:

- `multiple_select`: Scores outputs that name several options: all or nothing, with partial credit, or one letter for
  each sub-question.
- `boxed_math`: Scores answers in LaTeX: equal after normalisation, by value, or part by part.
- `stated_answers`: Scores short answers to questions on a passage, where the passage itself holds the accepted answers.
- `long_texts`: Scores answers to questions on long texts: a needle by its depth, overlap of words, and the number of a
  paragraph.
"""
