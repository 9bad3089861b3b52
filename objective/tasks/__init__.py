"""One file for each publication of tasks: where its data is, how a row becomes an item, how an item is asked.

Files and folders, each after those that it builds on:

- `files`: Find and read published files below the data folder: CSV and JSON lines in UTF-8, each also as `.gz`.
- `mini`: The bundled set: original questions in Chinese and English over nine abilities, so that a run needs no
  download.
- `own_options`: The options of your own rows, and which of them an answer means: a letter, a text, or a number.
- `python_file`: Your own tasks as a Python file: it defines `FAMILY`, a `Family` whose `load` makes each task.
- `agieval`: AGIEval: 21 entrance and qualification exams in Chinese and English, from the files of its first version.
- `arc`: ARC: English school science with three to five options, scored by the likelihood of the options' texts.
- `ceval`: C-Eval: Chinese exams in 52 subjects, scored on `val` with five examples from `dev`.
- `cmmlu`: CMMLU: Chinese multiple-choice questions in 67 subjects, scored on `test` with five examples from `dev`.
- `gsm8k`: GSM8K: grade-school word problems in English, answered by a number after worked steps.
- `own`: Your own data without code: a JSONL or CSV file, multiple-choice or question-answer, recognised by its
  columns.
"""
