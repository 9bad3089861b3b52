"""Import votes, judgments and scores into the ledger in chunks.

Everything happens inside one writing transaction; each chunk becomes one ledger batch per table. Values are passed as
columns, because a dictionary per row would double the time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage.database.bulk import insert_rows
from storage.database.columns import table_of
from storage.database.ledger_tables import Comment
from storage.exchange.identities import Pseudonyms
from storage.exchange.import_targets import ImportTargets
from storage.exchange.row_keys import RatedRow, RowKeys
from storage.exchange.rows.canonical import PreferenceRow, RaterLabel, SatisfactionRow
from storage.exchange.rows.problems import Problems
from storage.ledger import chain
from storage.values import RaterKind, digest

_COMMENT = table_of(Comment)
_COMMENT_NAMES = ("position", "salt", "body", "created_at")
_OF_PERSON = ("strength", "reasons", "seconds", "flag", "blind", "special", "attributes")
_OF_JUDGE = ("form", "state", "score", "cause", "sample")
_OF_SCORE = ("turn", "dimension", "state", "score", "scale_low", "scale_high", "cause", "seconds", "sample", "special")
Columns = dict[str, Sequence[Any]]


class LedgerImport:
    """Writes the rows of one file.

    Attributes:
        added: number of rows written so far.
        keys: keys of rows, by which duplicates are left out.
        pseudonyms: replacements of network addresses.
    """

    def __init__(
        self, session: Session, problems: Problems, targets: ImportTargets, *, salt: str, now: datetime
    ) -> None:
        """Work in one writing session.

        Args:
            session: a writing session.
            problems: list to which contradictions are added.
            targets: finds or creates what the rows name.
            salt: random text that is not stored; hides network addresses and salts comments.
            now: time of writing.
        """
        self.added = 0
        self.pseudonyms = Pseudonyms(salt)
        self.keys = RowKeys(session, problems, self.pseudonyms)
        self._session, self._targets, self._salt, self._now = session, targets, salt, now
        self._problems = problems

    def add_preferences(self, rows: Sequence[tuple[int, PreferenceRow]]) -> None:
        """Store votes of people, and judgments of judges."""
        self._targets.bring_conversations(rows)
        if self._problems.skips:
            rows = [item for item in rows if item[0] not in self._problems.lines]
        people = [item for item in rows if item[1].rater.kind == RaterKind.human]
        if people:
            fresh, keys = self.keys.fresh("preference", people)
            columns = self._pairs(fresh, keys)
            columns.update({name: [getattr(row, name) for row in fresh] for name in _OF_PERSON})
            self._append("preference", columns, [row.comment for row in fresh])
        if len(people) < len(rows):
            judges = [item for item in rows if item[1].rater.kind == RaterKind.judge]
            fresh, keys = self.keys.fresh("judgement", judges)
            columns = self._pairs(fresh, keys)
            columns.update({name: [getattr(row.judgment, name) for row in fresh] for name in _OF_JUDGE})
            self._append("judgement", columns, None)

    def add_satisfaction(self, rows: Sequence[tuple[int, SatisfactionRow]]) -> None:
        """Store scores of single responses."""
        fresh, keys = self.keys.fresh("satisfaction", rows)
        models = self._targets.models(row.model for row in fresh)
        columns = self._shared(fresh, keys)
        columns["model_id"] = [models[row.model] for row in fresh]
        responses = [row.response for row in fresh]
        columns["response_id"] = self._targets.responses(columns["question_id"], columns["model_id"], responses)
        columns.update({name: [getattr(row, name) for row in fresh] for name in _OF_SCORE})
        self._append("satisfaction", columns, [row.comment for row in fresh])

    def _shared(self, rows: Sequence[RatedRow], keys: Sequence[str]) -> Columns:
        """The columns that all tables share; creates raters and placeholders."""
        raters = [self._hidden(row.rater, row.source) for row in rows]
        known = self._targets.raters(raters)
        return {
            "rater_id": [known[rater.kind, rater.source or "", rater.label] for rater in raters],
            "question_id": self._targets.questions(rows),
            "source": [row.source for row in rows],
            "row_key": keys,
            "created_at": [row.created_at for row in rows],
        }

    def _pairs(self, rows: Sequence[PreferenceRow], keys: Sequence[str]) -> Columns:
        """The columns that votes and judgments share."""
        models = self._targets.models(dict.fromkeys(name for row in rows for name in (row.model_a, row.model_b)))
        columns = self._shared(rows, keys)
        columns["model_a_id"] = [models[row.model_a] for row in rows]
        columns["model_b_id"] = [models[row.model_b] for row in rows]
        for side in ("a", "b"):
            responses = [getattr(row, f"response_{side}") for row in rows]
            columns[f"response_{side}_id"] = self._targets.responses(
                columns["question_id"], columns[f"model_{side}_id"], responses
            )
        columns["turn"] = [row.turn for row in rows]
        columns["winner"] = [row.winner for row in rows]
        return columns

    def _hidden(self, rater: RaterLabel, source: str) -> RaterLabel:
        """The rater of a row with source and without an address."""
        hidden = self.pseudonyms.of(rater.label)[0]
        return RaterLabel(rater.kind, hidden, rater.source or source, rater.judge)

    def _append(self, kind: str, columns: Columns, comments: Sequence[str | None] | None) -> None:
        salts = {}
        if comments is not None and any(comment is not None for comment in comments):
            keys = columns["row_key"]
            salts = {n: digest(f"{self._salt} {keys[n]}") for n, comment in enumerate(comments) if comment is not None}
            columns["comment_digest"] = [
                None if comment is None else digest(salts[n] + comment) for n, comment in enumerate(comments)
            ]
        positions = chain.append_columns(self._session, kind, columns, now=self._now)
        self.added += len(positions)
        written = [given or self._now for given in columns["created_at"]]
        rows = [(positions[n], salt, comments[n], written[n]) for n, salt in salts.items() if comments is not None]
        insert_rows(self._session, _COMMENT, _COMMENT_NAMES, rows)
