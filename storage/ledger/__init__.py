"""The append-only ledger: writing entries, which of them stand, and reading them as columns.

Files and folders, each after those that it builds on:

- `battles`: Battles as columns of integer codes: both models, outcome, rater and question, with their names.
- `contents`: Digests of what ledgered rows refer to: the texts of responses and questions, and the ballots.
- `chain`: Append to the ledger: one lock, gap-free positions, a chain of digests.
- `entries`: Read votes, judgments, voids and exclusions between two positions as columns.
- `preferences`: Write votes, comments and exclusions.
- `ratings`: Write the scores that people give on ballots, and take them back.
- `model_changes`: Rename and merge models by rows of the ledger that can be taken back.
- `standing`: Which rows of the ledger stand: the rule of every board, count and export, as SQL conditions.
- `standing_fold`: The same rule over columns in memory: a fold that continues from any ledger position.
- `adjudications`: Decisions of reviewers on single pairs: rows of the ledger of their own, which replace no vote.
- `battle_reading`: Read the battles of a selection, and count the rows left out by reason.
- `pair_votes`: Read votes and judgments for agreement and bias, including inconsistent and failed ones and calls.
- `scores`: Read scores of single responses as columns: model, rater, question and dimension.
"""
