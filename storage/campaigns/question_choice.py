"""The questions of a new campaign: by category, language, source, and words of the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import is_postgres
from storage.database.tables import CampaignQuestion, Question

Choice = str | Sequence[str] | None
"""One value, several values, or None for all."""

_QUESTION, _CHOSEN = table_of(Question), table_of(CampaignQuestion)
_BY = ("category", "language", "source")


@dataclass(frozen=True)
class QuestionCounts:
    """The number of questions with a text by category, language and source; "" for questions that have none."""

    category: dict[str, int]
    language: dict[str, int]
    source: dict[str, int]


@dataclass(frozen=True)
class QuestionChoice:
    """Which questions with a text are meant; the defaults mean all.

    Attributes:
        category: category or categories.
        language: language or languages.
        source: source or sources.
        search: words in the text, in any case of letters; `%` and `_` are ordinary characters.
        like: campaign whose questions are meant.
    """

    category: Choice = None
    language: Choice = None
    source: Choice = None
    search: str | None = None
    like: int | None = None


def conditions(session: Session, choice: QuestionChoice) -> list[ColumnElement[bool]]:
    """Conditions for questions with a text that meet all filters; the session tells the kind of the database."""
    found: list[ColumnElement[bool]] = [_QUESTION.c.turns.is_not(None)]
    for name in _BY:
        value: Choice = getattr(choice, name)
        if value is not None:
            values = [value] if isinstance(value, str) else list(value)
            found.append(func.coalesce(_QUESTION.c[name], "").in_(values))
    if choice.search is not None and choice.search.strip():
        found.append(_text_contains(session, choice.search.strip()))
    if choice.like is not None:
        found.append(_QUESTION.c.id.in_(select(_CHOSEN.c.question_id).where(_CHOSEN.c.campaign_id == choice.like)))
    return found


def question_counts(session: Session) -> QuestionCounts:
    """The values by which questions can be chosen, each with its number of questions, in alphabetical order."""
    counts = []
    for name in _BY:
        value = func.coalesce(_QUESTION.c[name], "").label("value")
        rows = session.execute(select(value, func.count()).where(_QUESTION.c.turns.is_not(None)).group_by(value))
        counts.append(dict(sorted((str(key), int(number)) for key, number in rows)))
    return QuestionCounts(*counts)


def _text_contains(session: Session, words: str) -> ColumnElement[bool]:
    """Whether the text of a question contains these words, in any case of letters.

    Both databases keep JSON as it was written, with escapes for Chinese characters, so it is read as values first.
    """
    if not is_postgres(session):
        pieces = func.json_tree(_QUESTION.c.turns).table_valued("key", "atom", "type")
        inside = select(pieces.c.atom).where(
            pieces.c.type == "text", pieces.c.key == "text", pieces.c.atom.icontains(words, autoescape=True)
        )
        return inside.exists()
    piece = func.jsonb_path_query(cast(_QUESTION.c.turns, JSONB), cast("$.**.text", JSONPATH)).column_valued("piece")
    text = piece.op("#>>")(literal_column("'{}'::text[]"))
    return select(piece).where(cast(text, String).icontains(words, autoescape=True)).exists()
