"""The tasks: one file per publication, with its data files, items and templates; and tasks from a user's own files.

Files and folders, each after those that it builds on:

- `data_folder`: Finds and reads published data files: CSV and JSON Lines in UTF-8, optionally as `.gz`.
- `published_files`: Reads the rows of published data in any of its formats and layouts, and checks their columns.
- `image_cells`: Images in the cells of a row: paths beside the file, base64, or the struct of Hugging Face.
- `published_prompts/`: Prompts of published configurations as data, one file for each source.
- `own_files/`: Tasks from a user's own files.
- `task_files/`: Tasks from the YAML files of lm-evaluation-harness.
- `mini`: The bundled tasks: original questions in Chinese and English on nine abilities, which need no download.
- `subjects`: Groups and titles of a family with one task per subject, from a table of subjects.
- `agieval`: AGIEval: 21 entrance and qualification exams in Chinese and English, read from the files of version 1.0.
- `arc`: ARC: English school science with three to five options, scored by the likelihood of the options' texts.
- `ceval`: C-Eval: Chinese exams in 52 subjects, scored on `val` with five examples from `dev`.
- `cmmlu`: CMMLU: Chinese multiple-choice questions in 67 subjects, scored on `test` with five examples from `dev`.
- `gsm8k`: GSM8K: grade-school word problems in English, answered by a number after worked steps.
- `exams/`: Exams and knowledge: families of multiple-choice and short answers in subjects.
- `language/`: Language and understanding: families on texts, translation and common sense.
- `reasoning/`: Reasoning and mathematics: families with worked answers.
- `programs/`: Code: families whose answers are programs, which are run in a sandbox.
- `instructions/`: Instructions, tools and safety: families whose answers are checked by rules.
- `long_context/`: Long context and retrieval: families with long texts before their questions.
- `vision/`: Images: families whose questions are about a picture.
"""
