"""Import and export of questions, responses, preferences and satisfaction scores.

Files and folders, each after those that it builds on:

- `identities`: Replace network addresses in the labels of raters.
- `rows/`: From bytes to canonical rows and back: files, fields, and problems with rows.
- `question_import`: Import questions and responses: add new ones, recognise known ones, refuse contradictions.
- `store_rows`: Rows of the store in canonical form: questions, responses, votes, judgments and scores.
- `row_keys`: Keys of imported votes, judgments and scores, by which duplicates are recognised.
- `voted_pairs`: Votes that count with the texts of question and responses, for export to other programs.
- `formats/`: One file for each public layout of rows, and a catalogue that tells them apart.
- `dataset_folders`: Folders of the Hugging Face `datasets` library: Parquet files with a card.
- `exported_pictures`: Pictures of exported rows: files in a folder `media` beside JSON Lines, or a column of structs in
  Parquet.
- `exporting`: Export rows of one kind to a file, completely or not at all.
- `import_targets`: Find or create the models, raters, questions and responses that imported rows name.
- `ledger_import`: Import votes, judgments and scores into the ledger in chunks.
- `row_pictures`: Pictures of imported rows: store each once, and name it by digest in the turn where it stands.
- `row_reading`: Read a file into canonical rows of one format; wrong rows are noted and left out.
- `importing`: Import a file: all of its rows, or nothing.
- `publication/`: Rows that may be published: without private questions, names of raters, times and comments; and back
  into a store.
"""
