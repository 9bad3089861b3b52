"""From bytes to canonical rows and back: files, fields, and problems with rows.

Files and folders, each after those that it builds on:

- `canonical`: The canonical rows that every file format is read into.
- `problems`: Wrong rows of one file: one line for each kind of mistake, all counted.
- `bad_rows`: Write the rows that an import skips to a file.
- `spreadsheet`: Keep text cells of a CSV from being run as formulas by a spreadsheet, and take the guard off again.
- `python_text`: Read lists and objects in Python's own spelling, as pandas writes them.
- `fields`: Values of a row that came from outside, checked one by one.
- `picture_sources`: The bytes of pictures that rows hold or name: data URLs, structs with bytes, base64, and files
  beside the row's file.
- `reading`: Streams to rows: JSON lines, a JSON list, CSV, Parquet.
- `writing`: Rows to bytes: JSONL, CSV and Parquet, each also `.gz`, written aside and put in place when they are
  whole.
- `files`: Open a file of rows: what it is, how far it is read, and no bomb.
"""
