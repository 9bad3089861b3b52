"""The ground floor: the rows that everything else speaks in, and the only place with SQL.

Files and folders, each after those that it builds on:

- `errors`: Every error a user may see, as one tree.
- `values`: Closed sets and small values that every part speaks in.
- `database/`: Where rows live: the engine, migrations on start, tables, column types, and bulk writing.
- `leaderboards`: Rating runs: what was fitted, with which settings, over the ledger up to which position.
- `migrations/`: Alembic's folder: `env` runs migrations on a given connection, `versions` holds one file each.
- `questions/`: Questions, responses and their texts, and what they are called outside the store.
- `seed/`: The example data that a newcomer meets first: read `CARD.md`, then the rows, then `loading.py`.
- `evaluations/`: Runs of the objective evaluation, their predictions and their scores.
- `ledger/`: The append-only ledger: how entries are written, which of them stand, and how they are read as columns.
- `campaigns/`: Campaigns, the ballots they hand out, and how far they are.
- `exchange/`: Rows in and out of files: questions, responses, preferences, satisfaction scores.
- `judges/`: What judges were asked, what they replied, and what was made of it.
- `accounts/`: The people who sign in: accounts, browser sessions and invitations.
"""
