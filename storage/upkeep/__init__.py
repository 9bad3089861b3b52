"""Keep a store: check it, copy it while it is in use, and put a copy back.

Files and folders, each after those that it builds on:

- `heads`: Heads of the ledger that were kept elsewhere, read from text and from files.
- `picture_check`: Check the pictures of a store: each has the digest that turns name it by, and none that is named is
  missing.
- `verification`: Check a store: the database itself, the ledger, ballots against votes, pictures, and heads kept
  elsewhere.
- `backups`: Back up a SQLite store while it is in use, and restore one after checking it.
"""
