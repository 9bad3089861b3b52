"""Rows in and out of files: questions, responses, preferences, satisfaction scores.

Files and folders, each after those that it builds on:

- `identities`: Who a rater label is, without ever keeping a network address.
- `rows/`: From bytes to rows and back: files, fields, canonical rows, and what is wrong with one.
- `question_import`: Questions and responses into the store: what is new, what is known already, what contradicts.
- `store_rows`: The store's rows in their canonical form: questions, responses, and the verdicts that count.
- `row_keys`: Keys of imported verdicts, and what is a duplicate.
- `voted_pairs`: People's votes that count, with the texts that they were about: what derived forms are made of.
- `formats/`: One file for each public layout of rows, and how to tell them apart.
- `exporting`: Export rows of one kind into a file, whole or not at all.
- `import_targets`: What a verdict speaks of, found or made in the store: models, raters, questions, responses.
- `ledger_import`: Preferences, judgments and satisfaction scores into the ledger, chunk by chunk.
- `importing`: Import a file: every row of it, or nothing.
"""
