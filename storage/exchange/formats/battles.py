"""Battles of other programs: `model_a, model_b, winner`, with or without columns that say who rated."""

from collections.abc import Sequence
from typing import NamedTuple

from storage.errors import BadInput
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.formats.winner_labels import winner
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    THREE_WAY,
    BattleTexts,
    ImportContext,
    JudgeDetails,
    JudgmentFields,
    PreferenceRow,
    RaterLabel,
    RawRow,
    RowKind,
)
from storage.exchange.rows.problems import shown
from storage.values import SCORES, UNKNOWN_KEY, JudgmentState, RaterKind, Turn, Winner

LANGUAGES = {"English": "en", "Chinese": "zh"}
"""LMArena writes names of languages, Evenhand codes; other names stay as they are."""


class BattleColumns(NamedTuple):
    """Names of the columns of a battle that publishers name differently.

    Attributes:
        question: column with the key of the question.
        row_key: column with the key of the battle; empty for none.
    """

    question: str
    row_key: str


_FASTCHAT = BattleColumns("question_id", "")


def models(row: RawRow) -> tuple[str, str]:
    """Both models of a row.

    Raises:
        BadInput: a model is missing, or both are the same.
    """
    a, b = fields.name(row, "model_a"), fields.name(row, "model_b")
    if a == b:
        raise BadInput(
            f"expected two different models, got {shown(a)} twice; remove the row, a model has no battle with itself"
        )
    return a, b


def annotated(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle of `model_a, model_b, winner, annotator, judge`, where `judge` names the judge or says `human`."""
    judge = fields.optional_name(row, "judge")
    if judge is None:
        kind = context.rater_kind
        if kind is None:
            raise BadInput(
                "expected a judge's name or 'human' in column 'judge', got none; fill it or add --rater-kind"
            )
    else:
        kind = RaterKind.human if judge == "human" else RaterKind.judge
        if context.rater_kind not in (None, kind):
            raise BadInput(f"expected a {context.rater_kind} row as --rater-kind says, got judge {shown(judge)}")
    annotator = fields.optional_name(row, "annotator")
    label = annotator if kind == RaterKind.human else judge or annotator
    return (battle(row, context, rater_label(kind, label or UNKNOWN_KEY)),)


def plain(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle without the kind of its rater, which the caller must give."""
    kind = context.rater_kind
    if kind is None:
        raise BadInput("expected to know whether people or a judge rated; add --rater-kind human or --rater-kind judge")
    columns = ("annotator", "rater", "judge")
    label = next((found for column in columns if (found := fields.optional_name(row, column))), UNKNOWN_KEY)
    return (battle(row, context, rater_label(kind, label)),)


def rater_label(kind: RaterKind, label: str) -> RaterLabel:
    """The rater of a row; a judge's label is the name of its model."""
    return RaterLabel(kind, label, None, JudgeDetails(label) if kind == RaterKind.judge else None)


def battle(row: RawRow, context: ImportContext, rater: RaterLabel, names: BattleColumns | None = None) -> PreferenceRow:
    """The canonical row of a battle by a rater.

    Args:
        row: row of the file.
        context: what the caller said about the file.
        rater: label of the rater.
        names: columns that are named otherwise than FastChat names them.
    """
    names = names or _FASTCHAT
    a, b = models(row)
    source = context.row_source
    won = winner(row, context.labels)
    return PreferenceRow(
        source,
        fields.optional_name(row, names.row_key) if names.row_key else None,
        rater,
        source,
        fields.optional_name(row, names.question) or UNKNOWN_KEY,
        a,
        b,
        won,
        fields.whole(row, "turn"),
        blind=fields.yes_no(row, "anony"),
        created_at=fields.time(row),
        response_a=ONLY,
        response_b=ONLY,
        judgment=three_way(won) if rater.kind == RaterKind.judge else None,
        category=fields.optional_name(row, "category"),
        language=language(row),
        conversations=conversations(row) if row.get("conversation_a") else None,
    )


def three_way(won: Winner) -> JudgmentFields:
    """The fields of a judgment that is a winner or a tie."""
    return JudgmentFields(THREE_WAY, JudgmentState.scored, SCORES[won], None, 0)


def language(row: RawRow) -> str | None:
    """The language of a row as a code where it has one; names of other languages stay as they are."""
    found = fields.word(row, "language")
    return None if found is None else LANGUAGES.get(found, found)


def conversations(row: RawRow) -> BattleTexts:
    """The texts of a battle from `conversation_a` and `conversation_b`, lists of chat messages."""
    users_a, answers_a = _turns(row, "conversation_a")
    users_b, answers_b = _turns(row, "conversation_b")
    if users_a != users_b:
        raise BadInput("expected the same user turns in 'conversation_a' and 'conversation_b', got different ones")
    return BattleTexts(users_a, answers_a, answers_b)


def _turns(row: RawRow, column: str) -> tuple[list[Turn], list[Turn]]:
    """The turns of the user and of the model in a conversation, without system messages."""
    messages = fields.listed(row, column)
    users: list[Turn] = []
    answers: list[Turn] = []
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ("user", "assistant", "system"):
            raise BadInput(f"expected messages with a role and content in column {column!r}, got {shown(message)}")
        if role != "system":
            (users if role == "user" else answers).append(fields.clean_turn(message.get("content")))
    if not users or not answers:
        raise BadInput(f"expected at least one turn of the user and of the model in column {column!r}, got none")
    return users, answers


_OPTIONAL = "question_id turn language category tstamp"
FORMATS = (
    RowFormat.of(
        RowKind.preferences, "battle", annotated, needs="model_a model_b winner annotator judge", also=_OPTIONAL
    ),
    RowFormat.of(
        RowKind.preferences,
        "plain battle",
        plain,
        needs="model_a model_b winner",
        also=f"{_OPTIONAL} judge annotator rater anony conversation_a conversation_b",
        says_rater_kind=False,
    ),
)
