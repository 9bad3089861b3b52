"""Pairs of a chosen and a rejected response, in the forms that training with preferences uses (DPO, RLHF, TRL).

Sources: https://huggingface.co/docs/trl/dataset_formats (texts or chat messages, with or without a `prompt`),
https://huggingface.co/datasets/Anthropic/hh-rlhf (transcripts), https://huggingface.co/datasets/allenai/reward-bench.
Without names of models, both sides are called `chosen` and `rejected`. Which side was shown first is unknown; a coin
that depends on the texts only decides it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from storage.errors import BadInput
from storage.exchange.formats.battles import language, rater_label, three_way
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    BattleTexts,
    ImportContext,
    PreferenceRow,
    RawRow,
    RowKind,
)
from storage.exchange.rows.problems import shown
from storage.values import UNKNOWN_KEY, RaterKind, Turn, Winner, canonical_json, digest

CHOSEN, REJECTED = "chosen", "rejected"
_SPEAKER = re.compile(r"\n\n(Human|Assistant):[ \n]?")
_ROLES = {"Human": "user", "Assistant": "assistant"}


class ChosenPair(NamedTuple):
    """A question, the chosen and the rejected response to it, and the names of their models."""

    key: str
    question: list[Turn]
    chosen: list[Turn]
    rejected: list[Turn]
    chosen_model: str
    rejected_model: str


def chosen_pair(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A pair of texts, of chat messages, or of transcripts."""
    asked = _messages(row, "prompt", "user") if row.get("prompt") not in (None, "", []) else []
    (question, chosen), (other, rejected) = (_turns(asked, _messages(row, column)) for column in (CHOSEN, REJECTED))
    if question != other:
        raise BadInput("expected the same user turns in 'chosen' and 'rejected', got different ones; remove the row")
    names = [fields.optional_name(row, f"{side}_model") for side in (CHOSEN, REJECTED)]
    parts = [question] if all(names) else [question, chosen, rejected]
    key = (
        fields.optional_name(row, "question_id")
        or fields.optional_name(row, "id")
        or digest(canonical_json(parts))[:24]
    )
    pair = ChosenPair(key, question, chosen, rejected, names[0] or CHOSEN, names[1] or REJECTED)
    yield chosen_row(row, context, pair)


def chosen_row(row: RawRow, context: ImportContext, pair: ChosenPair) -> PreferenceRow:
    """The preference that a pair is; category, language and rater are read from the row."""
    kind = fields.choice(row, "rater_kind", RaterKind) or context.rater_kind
    if kind is None:
        raise BadInput("expected to know whether people or a judge rated; add --rater-kind human or --rater-kind judge")
    if pair.chosen_model == pair.rejected_model:
        raise BadInput(f"expected two different models, got {shown(pair.chosen_model)} twice; remove the row")
    is_first = int(digest(canonical_json(pair[1:4]))[:8], 16) % 2 == 0
    winner = Winner.model_a if is_first else Winner.model_b
    a, b = (pair.chosen, pair.rejected) if is_first else (pair.rejected, pair.chosen)
    names = (pair.chosen_model, pair.rejected_model)
    model_a, model_b = names if is_first else names[::-1]
    source = fields.optional_name(row, "question_source") or context.row_source
    return PreferenceRow(
        source,
        None,
        rater_label(kind, fields.optional_name(row, "rater") or UNKNOWN_KEY),
        source,
        pair.key,
        model_a,
        model_b,
        winner,
        created_at=fields.time(row),
        response_a=ONLY,
        response_b=ONLY,
        judgment=three_way(winner) if kind is RaterKind.judge else None,
        category=fields.optional_name(row, "category") or fields.optional_name(row, "subset"),
        language=language(row),
        conversations=BattleTexts(pair.question, a, b),
    )


def _messages(row: RawRow, column: str, role: str = "assistant") -> list[tuple[str, Turn]]:
    """The messages of a column as pairs of role and turn; a text is one message of the given role."""
    value, listed = row.get(column), fields.json_value(row, column)
    if isinstance(value, str) and not _is_chat(listed):
        return _transcript(value) or [(role, fields.clean_turn(value))]
    value = listed
    if not isinstance(value, list) or not value or not all(isinstance(one, Mapping) for one in value):
        raise BadInput(f"expected text or chat messages in column {column!r}, got {shown(value)}; correct it")
    return [_message(one, column) for one in value]


def _is_chat(value: object) -> bool:
    """Whether a text was a list of chat messages, and not one that only looks like a list."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and "role" in one for one in value)


def _message(value: Mapping[str, Any], column: str) -> tuple[str, Turn]:
    role = value.get("role")
    if role not in ("user", "assistant", "system"):
        raise BadInput(f"expected messages with a role and content in column {column!r}, got {shown(value)}")
    return str(role), fields.clean_turn(value.get("content"))


def _transcript(text: str) -> list[tuple[str, Turn]]:
    """The turns of a text that begins with a blank line and `Human:`; none for any other text."""
    if not text.startswith("\n\nHuman:"):
        return []
    parts = _SPEAKER.split(text)[1:]
    said = zip(parts[::2], parts[1::2], strict=True)
    return [(_ROLES[speaker], fields.clean_turn(what.strip())) for speaker, what in said]


def _turns(asked: list[tuple[str, Turn]], messages: list[tuple[str, Turn]]) -> tuple[list[Turn], list[Turn]]:
    """The user's turns and the model's turns; messages may repeat the prompt."""
    if asked and messages[: len(asked)] != asked:
        messages = asked + messages
    users = [turn for role, turn in messages if role == "user"]
    answers = [turn for role, turn in messages if role == "assistant"]
    if not users or not answers:
        raise BadInput("expected a prompt and a response in each of 'chosen' and 'rejected', got no prompt; fill it in")
    return users, answers


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "DPO",
        chosen_pair,
        needs="chosen rejected",
        also="prompt chosen_model rejected_model question_id question_source id category subset language rater "
        "rater_kind created_at",
        says_rater_kind=False,
        fits=lambda row: row.get("num_correct") is None,
    ),
)
