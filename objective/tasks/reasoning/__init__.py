"""Reasoning and mathematics: families with worked answers.

Files and folders, each after those that it builds on:

- `bbh`: BIG-Bench Hard: 27 tasks of reasoning in English with the authors' three worked examples.
- `competition_math`: MATH: competition problems in English in seven subjects, answered in LaTeX in a box.
- `asdiv`: ASDiv: short word problems in English of many kinds, answered by a number or, rarely, a word.
- `svamp`: SVAMP: arithmetic word problems in English that vary known ones, answered by a number after worked steps.
- `mgsm`: MGSM: 250 grade-school word problems in each of eleven languages, answered by a number after worked steps.
- `aime`: AIME: problems of the American invitational examination in English, whose answers are integers.
- `mixeval_hard`: MixEval-Hard: 1,000 hard questions in English from several benchmarks, half with options.
- `families`: The families of this folder, in the order of the list.
"""
