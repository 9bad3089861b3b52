"""Votes that count with the texts of question and responses, for export to other programs."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Preference
from storage.database.tables import Ballot, Question, Rater, Response
from storage.exchange.store_rows import ROWS_PER_READ, special_of
from storage.ledger.standing import counts
from storage.questions.model_names import STANDING_MODELS
from storage.values import SpecialDraw, Turn, Winner

_PREFERENCE, _QUESTION, _RATER = table_of(Preference), table_of(Question), table_of(Rater)
_BALLOT = table_of(Ballot)
_A, _B = table_of(Response).alias("a"), table_of(Response).alias("b")
_MODEL_A, _MODEL_B = STANDING_MODELS.alias("model_a"), STANDING_MODELS.alias("model_b")

SPECIAL_REASONS = {SpecialDraw.gold: "gold", SpecialDraw.onboarding: "onboarding", SpecialDraw.repeat: "repeated"}
"""Names under which votes that check raters are counted where they are left out."""


class VotedPair(NamedTuple):
    """One vote with its texts, the key of its rater, the turn voted on (None for all), and its time if it is known."""

    source: str
    key: str
    category: str | None
    language: str | None
    question: list[Turn]
    model_a: str
    model_b: str
    a: list[Turn]
    b: list[Turn]
    winner: Winner
    rater: str
    turn: int | None
    blind: bool | None
    created_at: datetime | None
    attributes: dict[str, Any] | None


def read_voted_pairs(session: Session, left_out: Counter[str], *, without_text: bool = False) -> Iterator[VotedPair]:
    """Votes by position; those that no leaderboard counts are left out and counted by reason.

    Left out are votes without texts (`no_text`), with a flag (`flagged`), on gold items (`gold`, `onboarding`), and
    repeats (`repeated`), which other programs could not tell from ordinary votes.

    Args:
        session: a reading session.
        left_out: counts of votes left out by reason, which are increased.
        without_text: whether votes without texts are kept; their texts are empty.
    """
    with session.execute(_votes().execution_options(yield_per=ROWS_PER_READ)) as rows:
        for *values, flag, special in rows:
            pair = VotedPair._make(values)
            texts = [pair.question or [], pair.a or [], pair.b or []]
            if flag is not None:
                left_out["flagged"] += 1
            elif special in SPECIAL_REASONS:
                left_out[SPECIAL_REASONS[special]] += 1
            elif not without_text and not all(texts):
                left_out["no_text"] += 1
            else:
                question, a, b = texts
                yield pair._replace(question=question, a=a, b=b, winner=Winner(pair.winner))


def _votes() -> Select[Any]:
    """The columns of every vote that counts, by position, with its flag and what it was drawn for."""
    return (
        select(
            _QUESTION.c.source,
            _QUESTION.c.key,
            _QUESTION.c.category,
            _QUESTION.c.language,
            _QUESTION.c.turns,
            _MODEL_A.c.name,
            _MODEL_B.c.name,
            _A.c.turns,
            _B.c.turns,
            _PREFERENCE.c.winner,
            _RATER.c.key,
            _PREFERENCE.c.turn,
            _PREFERENCE.c.blind,
            _PREFERENCE.c.created_at,
            _PREFERENCE.c.attributes,
            _PREFERENCE.c.flag,
            special_of(_PREFERENCE),
        )
        .select_from(_PREFERENCE)
        .join(_QUESTION, _QUESTION.c.id == _PREFERENCE.c.question_id)
        .join(_RATER, _RATER.c.id == _PREFERENCE.c.rater_id)
        .join(_MODEL_A, _MODEL_A.c.id == _PREFERENCE.c.model_a_id)
        .join(_MODEL_B, _MODEL_B.c.id == _PREFERENCE.c.model_b_id)
        .outerjoin(_A, _A.c.id == _PREFERENCE.c.response_a_id)
        .outerjoin(_B, _B.c.id == _PREFERENCE.c.response_b_id)
        .outerjoin(_BALLOT, _BALLOT.c.id == _PREFERENCE.c.ballot_id)
        .where(counts(_PREFERENCE))
        .order_by(_PREFERENCE.c.position)
    )
