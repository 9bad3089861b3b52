"""The lowest layer: the tables, the rows that everything else works with, and all SQL.

Files and folders, each after those that it builds on:

- `errors`: Every error that a user may see, as one tree.
- `values`: Enumerations and small value types that every part uses.
- `spelling`: Spelling of the names of models: the one form that is stored, and names that look alike.
- `database/`: The engine, migrations on start, tables, column types, and bulk writing.
- `audit`: The audit log: who changed which setting, from what to what, and when.
- `dialects`: Forms in which endpoints take requests, so that later commands start with them.
- `claims`: Work that one process has taken on, so that no other does it too.
- `leaderboards`: Stored rating runs: the settings of each fit, its ledger position, and its ratings.
- `migrations/`: Alembic's folder: `env` runs migrations on a given connection, `versions` holds one file each.
- `media/`: Pictures in questions and responses: made safe once on the way in, and kept by digest.
- `questions/`: Questions, responses, their texts, and the names used outside the store.
- `seed/`: The example data of `evenhand demo`: read `CARD.md`, then the rows, then `loading.py`.
- `evaluations/`: Runs of the objective evaluation, their predictions and their scores.
- `ledger/`: The append-only ledger: writing entries, which of them stand, and reading them as columns.
- `campaigns/`: Campaigns, the ballots that they hand out, and their progress.
- `conversations/`: Live conversations with two models, and how one becomes a question, two responses and a vote.
- `exchange/`: Import and export of questions, responses, preferences and satisfaction scores.
- `judges/`: Judges, their calls and replies, and the judgments read from them.
- `accounts/`: The people who sign in: accounts, browser sessions and invitations.
- `upkeep/`: Keep a store: check it, copy it while it is in use, and put a copy back.
"""
