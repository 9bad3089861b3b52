"""AutoArena: responses of one model to prompts, head-to-head results of a project, and votes of a judge.

Source: https://github.com/kolenaIO/autoarena (README, and the CSV downloads of its API). A file of responses belongs to
one model, whose name is that of the file unless a column `model` says it. Winners are `A`, `B` and `-` for a tie; the
judge `Human` is a person.
"""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.battles import models, rater_label, three_way
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.formats.winner_labels import winner
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    BattleTexts,
    ImportContext,
    PreferenceRow,
    RawRow,
    ResponseRow,
    RowKind,
    state_of,
)
from storage.questions.questions import QuestionText
from storage.values import UNKNOWN_KEY, RaterKind, Turn, Winner, digest

_PERSON = "human"
_TIE = "-"


def response(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """A response with its prompt, whose key is a digest of its text and so the same for every model."""
    key, prompt = _prompt(row)
    turns = [fields.clean_turn(fields.text(row, "response") or "")]
    state, cause = state_of(turns)
    model = fields.optional_name(row, "model") or fields.name({"the file's name": context.file}, "the file's name")
    question = QuestionText(context.row_source, key, prompt)
    yield ResponseRow(question.source, key, model, turns, {}, 0, state, cause, text=question)


def head_to_head(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A vote of a judge or person on two responses."""
    judge = fields.optional_name(row, "judge")
    kind = context.rater_kind
    if judge is not None:
        kind = RaterKind.human if judge.lower() == _PERSON else RaterKind.judge
    if kind is None:
        raise BadInput("expected a judge's name or Human in column 'judge', got none; add --rater-kind")
    key, prompt = _prompt(row)
    a, b = models(row)
    won = Winner.tie if row.get("winner") == _TIE else winner(row, context.labels)
    responses = [[fields.clean_turn(fields.text(row, f"response_{side}") or "")] for side in "ab"]
    source = context.row_source
    yield PreferenceRow(
        source,
        None,
        rater_label(kind, judge or UNKNOWN_KEY),
        source,
        key,
        a,
        b,
        won,
        response_a=ONLY,
        response_b=ONLY,
        judgment=three_way(won) if kind is RaterKind.judge else None,
        conversations=BattleTexts(prompt, *responses),
    )


def _prompt(row: RawRow) -> tuple[str, list[Turn]]:
    text = fields.required(row, "prompt", fields.text)
    return digest(text)[:24], [fields.clean_turn(text)]


FORMATS = (
    RowFormat.of(RowKind.responses, "AutoArena responses", response, needs="prompt response", also="model"),
    RowFormat.of(
        RowKind.preferences,
        "AutoArena head-to-head",
        head_to_head,
        needs="prompt model_a model_b response_a response_b winner",
        also="judge",
    ),
)
