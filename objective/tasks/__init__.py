"""The tasks: one file per publication, with its data files, items and templates; and tasks from a user's own files.

Files and folders, each after those that it builds on:

- `data_folder`: Finds and reads published data files: CSV and JSON Lines in UTF-8, optionally as `.gz`.
- `mini`: The bundled tasks: original questions in Chinese and English on nine abilities, which need no download.
- `subjects`: Groups of a family with one task per subject, from a table of subjects.
- `user_options`: Options in the rows of a user's file, and the option that an answer refers to by letter, text or
  number.
- `user_python`: Tasks from a user's Python file, which defines `FAMILY`, a `Family` with a `load` function.
- `agieval`: AGIEval: 21 entrance and qualification exams in Chinese and English, read from the files of version 1.0.
- `arc`: ARC: English school science with three to five options, scored by the likelihood of the options' texts.
- `ceval`: C-Eval: Chinese exams in 52 subjects, scored on `val` with five examples from `dev`.
- `cmmlu`: CMMLU: Chinese multiple-choice questions in 67 subjects, scored on `test` with five examples from `dev`.
- `gsm8k`: GSM8K: grade-school word problems in English, answered by a number after worked steps.
- `user_rows`: Tasks from a user's JSONL or CSV file, multiple choice or question-answer, recognised by the columns.
"""
