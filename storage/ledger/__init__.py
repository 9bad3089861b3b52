"""The append-only ledger: how entries are written, which of them stand, and how they are read as columns.

Files and folders, each after those that it builds on:

- `battles`: Battles as columns: who met whom, who won, who judged, as integer codes with their vocabularies.
- `chain`: Append to the ledger: one lock, gap-free positions, a chain of digests.
- `entries`: Read what the ledger says about verdicts, from one position to another, as columns.
- `preferences`: Votes and what is left out of boards: written through the ledger, never changed afterwards.
- `standing`: Which rows of the ledger stand: the rule of every board, count and export, as SQL conditions.
- `standing_fold`: The same rule over columns in memory: a fold that continues from any ledger position.
- `battle_reading`: Read verdicts out of the store as battle columns, and count by reason every row that stays out.
- `pair_votes`: Read verdicts for agreement and bias: with the turn, what an inconsistent or failed one was, and a
  judge's calls.
- `scores`: Scores of single responses as columns: who was scored, by whom, on which question.
"""
