"""Argilla: exported records with a ranking of two responses, or the choice of one of them.

Source: https://docs.argilla.io/latest/how_to_guides/import_export (records as JSON, version 2): `fields`, and in
`responses` a list of answers for each question, each with `value` and `user_id`. Discarded answers are no votes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from storage.errors import BadInput
from storage.exchange.formats.battles import rater_label, three_way
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.formats.tools.text_pairs import TextPair, find_pair
from storage.exchange.formats.winner_labels import meaning_of
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    BattleTexts,
    ImportContext,
    LabelMeanings,
    PreferenceRow,
    RawRow,
    RowKind,
)
from storage.exchange.rows.problems import shown
from storage.values import UNKNOWN_KEY, RaterKind, Winner

_DISCARDED = ("discarded", "draft")


def record(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """The votes of one record."""
    texts, asked = fields.settings(row, "fields"), fields.settings(row, "responses") or {}
    if texts is None:
        raise BadInput("expected an object in column 'fields', got none; export the records as JSON")
    metadata = fields.settings(row, "metadata") or {}
    pair = find_pair(texts | {name: value for name, value in metadata.items() if name not in texts})
    for question, answers in asked.items():
        for answer in answers if isinstance(answers, list) else ():
            if not isinstance(answer, Mapping):
                raise BadInput(f"expected answers with a value, got {shown(answer)}; export the records as JSON")
            if answer.get("status") in _DISCARDED or answer.get("value") in (None, "", []):
                continue
            if _is_preference(answer["value"], pair):
                yield _vote(row, str(question), answer, pair, context)


def _is_preference(value: object, pair: TextPair) -> bool:
    """Whether an answer compares the two responses; other questions of a record are not read."""
    if isinstance(value, list):
        named = [one.get("value") for one in value if isinstance(one, Mapping)]
        return len(named) == len(value) == 2 and set(named) == set(pair.columns)
    if isinstance(value, str) and value in pair.columns:
        return True
    try:
        meaning_of(value, LabelMeanings(), pair.models)
    except BadInput:
        return False
    return isinstance(value, str)


def _winner(value: Any, pair: TextPair, context: ImportContext) -> Winner:  # noqa: ANN401  value of an answer
    if isinstance(value, list):
        return _ranked(value, pair)
    if value in pair.columns:
        return Winner.model_a if value == pair.columns[0] else Winner.model_b
    return meaning_of(value, context.labels, pair.models)


def _ranked(ranking: Sequence[Mapping[str, Any]], pair: TextPair) -> Winner:
    """The response of the lower rank; equal ranks are a tie."""
    ranks = {str(one.get("value")): fields.required(one, "rank", fields.whole) for one in ranking}
    first, second = (ranks[column] for column in pair.columns)
    return Winner.tie if first == second else Winner.model_a if first < second else Winner.model_b


def _vote(
    row: RawRow, question: str, answer: Mapping[str, Any], pair: TextPair, context: ImportContext
) -> PreferenceRow:
    kind = context.rater_kind or RaterKind.human
    source, key = context.row_source, fields.name(row, "id")
    person = fields.optional_name(answer, "user_id") or UNKNOWN_KEY
    winner = _winner(answer["value"], pair, context)
    return PreferenceRow(
        source,
        None if person == UNKNOWN_KEY else f"{key}-{question}-{person}"[: fields.NAME_CHARACTERS],
        rater_label(kind, person),
        source,
        key,
        *pair.models,
        winner,
        created_at=fields.moment(answer, "inserted_at"),
        response_a=ONLY,
        response_b=ONLY,
        judgment=three_way(winner) if kind is RaterKind.judge else None,
        conversations=None if pair.prompt is None else BattleTexts(pair.prompt, pair.a, pair.b),
    )


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "Argilla",
        record,
        needs="id fields responses",
        also="metadata suggestions vectors status _server_id",
    ),
)
