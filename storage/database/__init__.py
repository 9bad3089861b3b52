"""Where rows live: the engine, migrations on start, tables, column types, and bulk writing.

Files and folders, each after those that it builds on:

- `columns`: Column types and constraint names shared by all tables: UTC times, JSON, short words.
- `migrating`: Bring a store's schema up to date with Alembic, once, whoever comes first.
- `engine`: Open a store from its URL and hand out sessions.
- `evaluation_tables`: The tables of objective evaluation: a run, each sample's prompt and output, each task's score.
- `ledger_tables`: The tables of what raters and judges wrote, of what was left out, and of what was fitted from it.
- `tables`: The tables of what is compared, who compares and who is handed what, in the order in which data arrives.
- `bulk`: Write many rows as plain tuples, and number them beforehand.
"""
