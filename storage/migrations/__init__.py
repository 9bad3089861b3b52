"""Alembic's folder: `env` runs migrations on a connection of `storage.migrating`, `versions` holds one file each."""
