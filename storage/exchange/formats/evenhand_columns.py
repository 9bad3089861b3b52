"""Evenhand's own files, written: canonical rows as values by column, in the order of `COLUMNS`.

Values that JSON holds natively stay values; `storage.exchange.rows.writing` turns them into CSV cells and Parquet
columns.
"""

from typing import Any

from storage.exchange.rows.canonical import (
    JudgeDetails,
    PreferenceRow,
    RaterLabel,
    ResponseRow,
    RowKind,
    SatisfactionRow,
)
from storage.questions.questions import QuestionText
from storage.values import short_turn

_JUDGE = {"judge_model": "text", "prompt_digest": "text", "judge_settings": "json"}
COLUMNS: dict[RowKind, dict[str, str]] = {
    RowKind.questions: {
        "source": "text",
        "key": "text",
        "turns": "turns",
        "category": "text",
        "language": "text",
        "reference": "texts",
        "private": "truth",
        "created_at": "moment",
    },
    RowKind.responses: {
        "source": "text",
        "question": "text",
        "model": "text",
        "turns": "turns",
        "settings": "json",
        "sample": "whole",
        "state": "text",
        "cause": "text",
        "prompt_tokens": "whole",
        "completion_tokens": "whole",
        "latency_seconds": "number",
        "created_at": "moment",
    },
    RowKind.preferences: {
        "source": "text",
        "row_key": "text",
        "question": "text",
        "model_a": "text",
        "model_b": "text",
        "winner": "text",
        "rater": "text",
        "rater_kind": "text",
        "turn": "whole",
        "strength": "whole",
        "reasons": "texts",
        "seconds": "number",
        "flag": "text",
        "comment": "text",
        "blind": "truth",
        "created_at": "moment",
        "question_source": "text",
        "rater_source": "text",
        "response_a": "text",
        "response_b": "text",
        "form": "text",
        "state": "text",
        "score": "number",
        "cause": "text",
        "sample": "whole",
        **_JUDGE,
        "category": "text",
        "language": "text",
        "special": "text",
        "attributes": "json",
    },
    RowKind.satisfaction: {
        "source": "text",
        "row_key": "text",
        "question": "text",
        "model": "text",
        "rater": "text",
        "rater_kind": "text",
        "dimension": "text",
        "score": "number",
        "scale_low": "number",
        "scale_high": "number",
        "turn": "whole",
        "seconds": "number",
        "comment": "text",
        "created_at": "moment",
        "question_source": "text",
        "rater_source": "text",
        "response": "text",
        "state": "text",
        "cause": "text",
        "sample": "whole",
        **_JUDGE,
        "special": "text",
    },
}
"""What each column holds: text, whole, number, truth, moment, texts, turns (a list of texts or parts), or json."""

Values = dict[str, Any]


def question(row: QuestionText) -> Values:
    """A question; a placeholder has no turns."""
    return row._asdict() | {"turns": None if row.turns is None else [short_turn(turn) for turn in row.turns]}


def response(row: ResponseRow) -> Values:
    """A response."""
    values = row._asdict()
    del values["text"]
    return values | {"turns": [short_turn(turn) for turn in row.turns]}


def preference(row: PreferenceRow) -> Values:
    """A vote or a judgment."""
    values = row._asdict() | _who(row.rater) | _elsewhere(row.question_source, row.source)
    judgment = values.pop("judgment")
    del values["conversations"]
    return values | (judgment._asdict() if judgment else dict.fromkeys(("form", "state", "score", "cause", "sample")))


def satisfaction(row: SatisfactionRow) -> Values:
    """A score of one response."""
    return row._asdict() | _who(row.rater) | _elsewhere(row.question_source, row.source)


def _who(rater: RaterLabel) -> Values:
    judge = rater.judge or JudgeDetails()
    return {
        "rater": rater.label,
        "rater_kind": rater.kind,
        "rater_source": rater.source,
        "judge_model": judge.model,
        "prompt_digest": judge.prompt_digest,
        "judge_settings": judge.settings,
    }


def _elsewhere(question_source: str, source: str) -> Values:
    return {"question_source": None if question_source == source else question_source}
