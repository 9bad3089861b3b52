"""Alembic's folder: `env` runs migrations on a given connection, `versions` holds one file each.

Files and folders, each after those that it builds on:

- `env`: Alembic's entry: run the migrations on the connection that `storage.database.migrating` hands over.
"""
