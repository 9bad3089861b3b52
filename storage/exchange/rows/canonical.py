"""Canonical rows, to which every file format is converted.

They are named tuples, because one import makes a million of them. The readers have checked every field; `None` always
means unknown or not given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from storage.questions.questions import QuestionText
from storage.spelling import clean_name
from storage.values import (
    UNKNOWN_KEY,
    JudgmentState,
    RaterKind,
    ResponseState,
    ScoreState,
    SpecialDraw,
    Turn,
    Winner,
    turn_text,
)

ONLY = "*"
"""Key of a response in a file without response keys: the only response of the model to the question, if any."""

NATIVE = "evenhand"
"""Source of exported rows that were given in Evenhand; they are recognised when imported again."""

THREE_WAY = "three_way"
"""Form of an imported judgment: a winner or a tie."""

RawRow = Mapping[str, Any]
"""A row of a file: values by column, all of them strings in CSV."""

Progress = Callable[[int, int, int], None]
"""Function called repeatedly with rows done, bytes done and bytes of the file (compressed bytes for `.gz`)."""


class RowKind(StrEnum):
    """The kind of the rows of a file."""

    questions = "questions"
    responses = "responses"
    preferences = "preferences"
    satisfaction = "satisfaction"


class ResponseRow(NamedTuple):
    """The response of a model to the question `source`/`question`; `text` is the question if the row includes it."""

    source: str | None
    question: str
    model: str
    turns: list[Turn]
    settings: dict[str, Any]
    sample: int = 0
    state: ResponseState = ResponseState.ok
    cause: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    created_at: datetime | None = None
    text: QuestionText | None = None


class JudgeDetails(NamedTuple):
    """Details of a judge beyond its label."""

    model: str | None = None
    prompt_digest: str | None = None
    settings: dict[str, Any] | None = None


class JudgmentFields(NamedTuple):
    """The fields that only a judgment has; `score` is A's share in [0, 1]."""

    form: str
    state: JudgmentState
    score: float | None
    cause: str | None
    sample: int


class RaterLabel(NamedTuple):
    """The rater of a row; `source` is None if it is the source of the row."""

    kind: RaterKind
    label: str
    source: str | None = None
    judge: JudgeDetails | None = None


class BattleTexts(NamedTuple):
    """The texts of a battle: user turns, and the turns of both models."""

    question: list[Turn]
    a: list[Turn]
    b: list[Turn]


class PreferenceRow(NamedTuple):
    """One vote or judgment on a pair.

    `response_a` and `response_b` are keys made by `response_key`. `special` marks votes on gold items and repeats, and
    `attributes` holds what a published file says about the battle beyond the vote.
    """

    source: str
    row_key: str | None
    rater: RaterLabel
    question_source: str
    question: str
    model_a: str
    model_b: str
    winner: Winner | None
    turn: int | None = None
    strength: int | None = None
    reasons: list[str] | None = None
    seconds: float | None = None
    flag: str | None = None
    comment: str | None = None
    blind: bool | None = None
    created_at: datetime | None = None
    response_a: str | None = None
    response_b: str | None = None
    judgment: JudgmentFields | None = None
    category: str | None = None
    language: str | None = None
    conversations: BattleTexts | None = None
    special: SpecialDraw | None = None
    attributes: dict[str, Any] | None = None


class SatisfactionRow(NamedTuple):
    """One score of one response on one dimension; `score` is None unless `state` is `scored`."""

    source: str
    row_key: str | None
    rater: RaterLabel
    question_source: str
    question: str
    model: str
    dimension: str
    state: ScoreState
    score: float | None
    scale_low: float
    scale_high: float
    turn: int | None = None
    seconds: float | None = None
    comment: str | None = None
    created_at: datetime | None = None
    response: str | None = None
    cause: str | None = None
    sample: int = 0
    special: SpecialDraw | None = None


def check_model_names(row: object, seen: set[str]) -> None:
    """Add the models of a row to the names seen, and refuse one without a visible name.

    Raises:
        BadInput: a name consists of spaces and zero-width characters.
    """
    if isinstance(row, PreferenceRow):
        named: tuple[str, ...] = (row.model_a, row.model_b)
    else:
        named = (row.model,) if isinstance(row, ResponseRow | SatisfactionRow) else ()
    for name in named:
        if name not in seen:
            clean_name(name)
            seen.add(name)


def response_key(settings_digest: str, sample: int) -> str:
    """What tells the responses of one model to one question apart, in a file."""
    return f"{settings_digest[:16]}:{sample}"


class LabelMeanings(dict[str, Winner]):
    """What the caller said about labels of winners, by the label without outer spaces and in lower case.

    Attributes:
        numbers_guessed: whether a label 1 or 2 of the file was read as a side.
        numbers_unknown: whether another number came as a label, so that 1 and 2 may not be sides.
    """

    numbers_guessed = False
    numbers_unknown = False


@dataclass(frozen=True)
class ImportContext:
    """What the caller said about a file, for the functions that read its rows.

    Attributes:
        source: source of rows without one; None for responses, whose question is then looked up in all sources.
        rater_kind: kind of the raters, where rows may not say it.
        labels: what the caller said about labels of winners.
        file: name of the file without folder and suffixes.
    """

    source: str | None
    rater_kind: RaterKind | None
    labels: LabelMeanings = field(default_factory=LabelMeanings)
    file: str = ""

    @property
    def row_source(self) -> str:
        """The source of a row that does not say its own."""
        return self.source or UNKNOWN_KEY


API_ERROR = "$ERROR$"
"""The answer that FastChat writes where a model's endpoint failed."""


def state_of(turns: list[Turn]) -> tuple[ResponseState, str | None]:
    """The state of a response as far as its text tells, with the cause of an error."""
    if any(turn_text(turn) == API_ERROR for turn in turns):
        return ResponseState.error, f"the file has {API_ERROR} as the answer"
    if not any(turn_text(turn).strip() for turn in turns):
        return ResponseState.empty, None
    return ResponseState.ok, None
