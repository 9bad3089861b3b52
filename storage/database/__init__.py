"""The engine, migrations on start, tables, column types, and bulk writing.

Files and folders, each after those that it builds on:

- `columns`: Column types and constraint names shared by all tables: UTC times, JSON, short words.
- `migrating`: Migrate a store to the current schema with Alembic, also when several processes start at once.
- `turns`: Let the writers of one process take turns in the order in which they came.
- `shared_commits`: One commit for the operations of several threads that wait for the disk at the same time.
- `engine`: Open a store from its URL and hand out sessions.
- `evaluation_tables`: The tables of objective evaluation: runs, their predictions and their scores per task.
- `ledger_tables`: The tables of votes, judgments, scores, exclusions, voids, names and decisions, and of ratings fitted
  from them.
- `quality_tables`: The tables of quality control: rules of campaigns, gold items, pauses of raters, times of ballots.
- `reversals`: Rows of the ledger that hold until a later row of the same table reverses them.
- `tables`: The tables of models, questions, responses, raters, accounts, campaigns and ballots.
- `conversation_tables`: The tables of live conversations: who talks with which two models, and every answer that was
  asked for.
- `media_table`: The table of pictures; turns name them by digest.
- `audit_tables`: The tables of the audit log, of crowd work, and of terms of invitations.
- `bulk`: Write many rows as tuples, with ids assigned beforehand.
"""
