"""Rows in and out of files: questions, responses, preferences, satisfaction scores.

Words: `record` (the canonical rows), `problems` (bad rows with file and line), `fields` (values of a foreign row,
checked), `spreadsheet` (the guard of CSV cells), `identities` (rater labels without network addresses).
Inwards: `files` and `rows` (bytes to rows, lazily), `material_rows`, `battle_rows` and `own_rows` (foreign rows to
canonical ones), `formats` (whose columns are these), `material`, `places`, `row_keys` and `verdicts` (canonical rows
into the store), `importing` (a whole file, or nothing).
Outwards: `live_rows` and `pairs` (the store as rows), `export_rows` (rows as columns of a file), `training` and
`comparator` (derived forms), `writers` (rows to bytes), `exporting` (a whole file, or none).
"""
