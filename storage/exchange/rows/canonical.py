"""The canonical rows that every file format is read into.

Named tuples, because a million of them are made in one import; the readers have checked every field. `None`
always means unknown or not given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from storage.questions.questions import QuestionText
from storage.values import UNKNOWN_KEY, JudgmentState, RaterKind, ResponseState, ScoreState, Turn, Winner, turn_text

ONLY = "*"
"""Key of a response in a file that does not say which: the only one of the model to the question, if there is one."""

NATIVE = "evenhand"
"""Source of exported rows that were given in this tool, not imported; their keys are known on re-import."""

THREE_WAY = "three_way"
"""Form of an imported verdict of a judge: a winner or a tie."""

RawRow = Mapping[str, Any]
"""A row as it stands in the file: column to value, all strings in CSV."""

Progress = Callable[[int, int, int], None]
"""Called now and then with rows done, bytes done and bytes in the file (compressed ones for `.gz`)."""


class RowKind(StrEnum):
    """What a file holds rows of."""

    questions = "questions"
    responses = "responses"
    preferences = "preferences"
    satisfaction = "satisfaction"


class ResponseRow(NamedTuple):
    """One model's turns for the question `source`/`question`; `text` is given where the row brings the question."""

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
    """What is known of a judge beyond its label."""

    model: str | None = None
    prompt_digest: str | None = None
    settings: dict[str, Any] | None = None


class JudgmentFields(NamedTuple):
    """What only a judge's pairwise row has; `score` is A's share in [0, 1]."""

    form: str
    state: JudgmentState
    score: float | None
    cause: str | None
    sample: int


class RaterLabel(NamedTuple):
    """Who gave a row: `source` is None when it is that of the row."""

    kind: RaterKind
    label: str
    source: str | None = None
    judge: JudgeDetails | None = None


class BattleTexts(NamedTuple):
    """The texts of a battle where the file has them: user turns, and the turns of both models."""

    question: list[Turn]
    a: list[Turn]
    b: list[Turn]


class PreferenceRow(NamedTuple):
    """One vote or judgment on a pair; `response_a` and `response_b` are keys made by `response_key`."""

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
    verdict: JudgmentFields | None = None
    category: str | None = None
    language: str | None = None
    conversations: BattleTexts | None = None


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


def response_key(settings_digest: str, sample: int) -> str:
    """What tells the responses of one model to one question apart, in a file."""
    return f"{settings_digest[:16]}:{sample}"


@dataclass(frozen=True)
class ImportContext:
    """What the caller said about a file, for the functions that read its rows.

    Attributes:
        source: where rows are from that do not say it; None for responses whose question is to be looked for.
        rater_kind: who judged, where the rows may leave it open.
    """

    source: str | None
    rater_kind: RaterKind | None

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
