"""Preferences, judgements and satisfaction scores into the ledger, chunk by chunk.

Everything happens inside one writing transaction; each chunk becomes one ledger batch per table. Values are
plain tuples in the order of the `_…_NAMES` below, because a dictionary per row would double the time.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlmodel import Session

from storage import ledger
from storage.bulk import insert_rows
from storage.columns import table_of
from storage.exchange.identities import Pseudonyms
from storage.exchange.places import Places
from storage.exchange.problems import Problems
from storage.exchange.record import PreferenceRow, RaterLabel, SatisfactionRow
from storage.exchange.row_keys import RowKeys, Verdict
from storage.ledger_tables import Comment
from storage.values import RaterKind, digest

_COMMENT = table_of(Comment)
_COMMENT_NAMES = ("position", "salt", "body", "created_at")
_SHARED_NAMES = ("rater_id", "question_id", "source", "row_key", "created_at")
_PAIR_NAMES = (*_SHARED_NAMES, "model_a_id", "model_b_id", "response_a_id", "response_b_id", "turn", "winner")
_PREFERENCE_NAMES = (*_PAIR_NAMES, "strength", "reasons", "seconds", "flag", "blind", "comment_digest")
_JUDGEMENT_NAMES = (*_PAIR_NAMES, "form", "state", "score", "cause", "sample")
_SCORE_NAMES = (
    *_SHARED_NAMES,
    *("model_id", "response_id", "turn", "dimension", "state", "score", "scale_low", "scale_high"),
    *("cause", "seconds", "sample", "comment_digest"),
)


class Verdicts:
    """Brings verdicts into the store."""

    def __init__(self, session: Session, problems: Problems, places: Places, *, salt: str, now: datetime) -> None:
        """Work in one writing session.

        Args:
            session: a writing session.
            problems: where contradictions go.
            places: finds or makes what the rows speak of.
            salt: random text that is not kept; hides network addresses and salts comments.
            now: the time of rows that do not say theirs.
        """
        self.pseudonyms = Pseudonyms(salt)
        self.keys = RowKeys(session, problems, self.pseudonyms)
        self.added = 0
        self._session, self._places, self._salt, self._now = session, places, salt, now

    def add_preferences(self, rows: Sequence[tuple[int, PreferenceRow]]) -> None:
        """Store pairwise verdicts, people's as preferences and judges' as judgements."""
        self._places.bring_conversations(rows)
        people = [item for item in rows if item[1].rater.kind is RaterKind.human]
        judges = [item for item in rows if item[1].rater.kind is RaterKind.judge] if len(people) < len(rows) else []
        for kind, some, names in (
            ("preference", people, _PREFERENCE_NAMES),
            ("judgement", judges, _JUDGEMENT_NAMES),
        ):
            fresh = self.keys.fresh(kind, some)
            if fresh:
                rest = _of_person if kind == "preference" else _of_judge
                shared = self._shared(fresh)
                values = [
                    (*one, *pair, *rest(row), self._commitment(row.comment, key))[: len(names)]
                    for (row, key), one, pair in zip(fresh, shared, self._pairs(fresh, shared), strict=True)
                ]
                self._append(kind, names, values, fresh)

    def add_satisfaction(self, rows: Sequence[tuple[int, SatisfactionRow]]) -> None:
        """Store scores of single responses."""
        fresh = self.keys.fresh("satisfaction", rows)
        if not fresh:
            return
        models = self._places.models(row.model for row, _ in fresh)
        shared = self._shared(fresh)
        links = self._places.responses(
            (one[1], models[row.model], row.response) for (row, _), one in zip(fresh, shared, strict=True)
        )
        values = [
            (
                *one,
                models[row.model],
                response,
                *(row.turn, row.dimension, row.state, row.score, row.scale_low, row.scale_high),
                *(row.cause, row.seconds, row.sample, self._commitment(row.comment, key)),
            )
            for (row, key), one, response in zip(fresh, shared, links, strict=True)
        ]
        self._append("satisfaction", _SCORE_NAMES, values, fresh)

    def _shared(self, fresh: Sequence[tuple[Verdict, str]]) -> list[tuple[Any, ...]]:
        """Values of `_SHARED_NAMES` for each row; makes raters and placeholders."""
        labels = [self._hidden(row) for row, _ in fresh]
        raters = self._places.raters(labels)
        wanted = [
            (row.question_source, row.question, getattr(row, "category", None), getattr(row, "language", None))
            for row, _ in fresh
        ]
        numbers = self._places.questions(wanted)
        now = self._now
        return [
            (raters[who.kind, source, who.label], number, row.source, key, row.created_at or now)
            for (row, key), (source, who), number in zip(fresh, labels, numbers, strict=True)
        ]

    def _hidden(self, row: Verdict) -> tuple[str, RaterLabel]:
        """Source and label of a row's rater, without an address."""
        rater = row.rater
        hidden = self.pseudonyms.of(rater.label)[0]
        return rater.source or row.source, rater if hidden is rater.label else rater._replace(label=hidden)

    def _pairs(
        self, fresh: Sequence[tuple[PreferenceRow, str]], shared: Sequence[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """Values of `_PAIR_NAMES` behind the shared ones for each row."""
        models = self._places.models(dict.fromkeys(name for row, _ in fresh for name in (row.model_a, row.model_b)))
        links = self._places.responses(
            (one[1], models[model], response)
            for (row, _), one in zip(fresh, shared, strict=True)
            for model, response in ((row.model_a, row.response_a), (row.model_b, row.response_b))
        )
        return [
            (models[row.model_a], models[row.model_b], a, b, row.turn, row.winner)
            for (row, _), a, b in zip(fresh, links[::2], links[1::2], strict=True)
        ]

    def _append(
        self,
        kind: str,
        names: tuple[str, ...],
        values: Sequence[tuple[Any, ...]],
        fresh: Sequence[tuple[PreferenceRow | SatisfactionRow, str]],
    ) -> None:
        place = {name: index for index, name in enumerate(names)}
        arrange = itemgetter(*(place.get(name, len(names)) for name in ledger.columns_of(kind)))
        stored = [arrange((*known, None)) for known in values]
        positions = ledger.append_values(self._session, kind, stored, now=self._now)
        self.added += len(positions)
        comments: list[tuple[Any, ...]] = []
        for place_in_batch, (row, key) in enumerate(fresh):
            if row.comment is not None and "comment_digest" in place:
                written = row.created_at or self._now
                comments.append((positions[place_in_batch], self._comment_salt(key), row.comment, written))
        insert_rows(self._session, _COMMENT, _COMMENT_NAMES, comments)

    def _commitment(self, comment: str | None, key: str) -> str | None:
        return None if comment is None else digest(self._comment_salt(key) + comment)

    def _comment_salt(self, key: str) -> str:
        return digest(f"{self._salt} {key}")


def _of_person(row: PreferenceRow) -> tuple[Any, ...]:
    return row.strength, row.reasons, row.seconds, row.flag, row.blind


def _of_judge(row: PreferenceRow) -> tuple[Any, ...]:
    return tuple(row.verdict or ())
