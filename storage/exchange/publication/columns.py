"""Kinds of published rows, their columns and their files."""

from collections.abc import Mapping
from enum import StrEnum


class PublishedKind(StrEnum):
    """The kind of the rows of a published file, in the order in which they are read again."""

    models = "models"
    questions = "questions"
    responses = "responses"
    preferences = "preferences"
    satisfaction = "satisfaction"
    calls = "calls"
    objective = "objective"


MARK_COUNTS = ("marked_by_rules", "marked_by_grader", "not_attempted", "left_unparsed", "grader_failed")
"""Columns with numbers of answers by who marked them, named as the notes on scores that hold them; None where no grader
was at work, and beside other metrics than the first of a task."""

PUBLISHED_COLUMNS: Mapping[PublishedKind, Mapping[str, str]] = {
    PublishedKind.models: {"name": "text", "organisation": "text", "licence": "text", "kind": "text"},
    PublishedKind.questions: {
        "source": "text",
        "key": "text",
        "category": "text",
        "language": "text",
        "turns": "turns",
    },
    PublishedKind.responses: {
        "source": "text",
        "question": "text",
        "model": "text",
        "sample": "whole",
        "state": "text",
        "prompt_tokens": "whole",
        "completion_tokens": "whole",
        "latency_seconds": "number",
        "turns": "turns",
    },
    PublishedKind.preferences: {
        "row_key": "text",
        "question_source": "text",
        "question": "text",
        "turn": "whole",
        "model_a": "text",
        "model_b": "text",
        "response_a": "text",
        "response_b": "text",
        "winner": "text",
        "rater": "text",
        "rater_kind": "text",
        "judge_model": "text",
        "form": "text",
        "state": "text",
        "score": "number",
        "cause": "text",
        "sample": "whole",
    },
    PublishedKind.satisfaction: {
        "row_key": "text",
        "question_source": "text",
        "question": "text",
        "turn": "whole",
        "model": "text",
        "response": "text",
        "dimension": "text",
        "score": "number",
        "scale_low": "number",
        "scale_high": "number",
        "state": "text",
        "cause": "text",
        "rater": "text",
        "rater_kind": "text",
        "judge_model": "text",
        "sample": "whole",
    },
    PublishedKind.calls: {"row_key": "text", "swapped": "truth", "share": "number"},
    PublishedKind.objective: {
        "model": "text",
        "task": "text",
        "metric": "text",
        "mode": "text",
        "version": "text",
        "state": "text",
        "value": "number",
        "error": "number",
        "items": "whole",
        "unparsed": "whole",
        "failed": "whole",
        "grader": "text",
        **dict.fromkeys(MARK_COUNTS, "whole"),
    },
}
"""What each column holds, as in `storage.exchange.formats.evenhand_columns`; `calls` name the row of their judgment."""

LATER_COLUMNS: Mapping[PublishedKind, frozenset[str]] = {
    PublishedKind.objective: frozenset({"grader", *MARK_COUNTS}),
}
"""Columns that older reports lack, where their values are unknown; each column that is added to a kind belongs here."""
