"""A filled store written by version 0.1, before any rename, and what its commands gave.

    store.db.xz     the store as a SQLite file
    store.sql.xz    a store filled in the same way, as a PostgreSQL 15 dump
    expected.json   figures, exported rows and numbers of requests that the commands gave at that time
    inputs/         the files that the commands read
    commands.py     the commands that filled the store, and those that the test compares
    looking.py      the parts of a command's output that are compared

The code of commit b8195c0 wrote the files, with the scripts that stand beside them in commit 2d7590e. Never regenerate
them: a later commit would write a store of its own.
"""
