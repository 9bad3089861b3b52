"""Rows in and out of files: questions, responses, preferences, satisfaction scores.

Read in this order: `record` (the canonical rows), `problems` (bad rows with file and line), `fields` (values of a
foreign row, checked), `formats` (which columns are whose, one small function each), `files` and `rows` (bytes to
rows, lazily), `identities` (who a rater label is), `material` and `verdicts` (canonical rows into the store),
`importing` (a whole file, or nothing). Outwards: `live_rows` (the store as rows), `training` and `comparator`
(derived forms), `writers` (rows to bytes), `exporting` (a whole file, or none). `spreadsheet` guards CSV cells.
"""
