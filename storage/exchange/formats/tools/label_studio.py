"""Label Studio: exported tasks with pairwise annotations (the JSON export).

Source: https://labelstud.io/guide/export and https://labelstud.io/templates/pairwise_comparison. A task holds its
fields in `data` and one annotation for each person; the result of a pairwise annotation is `left` or `right`, that of
a choice among labels may also be a tie. Cancelled and empty annotations are no votes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.errors import BadInput
from storage.exchange.formats.battles import rater_label, three_way
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.formats.tools.text_pairs import TextPair, find_pair
from storage.exchange.formats.winner_labels import meaning_of
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ONLY, BattleTexts, ImportContext, PreferenceRow, RawRow, RowKind
from storage.exchange.rows.problems import shown
from storage.values import UNKNOWN_KEY, RaterKind, Winner


def task(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """The votes of one task."""
    data = fields.settings(row, "data")
    if data is None:
        raise BadInput("expected an object in column 'data', got none; export the tasks as JSON")
    pair = find_pair(data)
    annotations = fields.json_value(row, "annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        if not isinstance(annotation, Mapping):
            raise BadInput(f"expected a list of annotations, got {shown(annotation)}; export the tasks as JSON")
        winner = None if annotation.get("was_cancelled") else _winner(annotation, pair, context)
        if winner is not None:
            yield _vote(row, annotation, pair, winner, context)


def _winner(annotation: Mapping[str, Any], pair: TextPair, context: ImportContext) -> Winner | None:
    """The winner of an annotation; None if nobody chose anything."""
    for result in annotation.get("result") or ():
        value = result.get("value") if isinstance(result, Mapping) else None
        if not isinstance(value, Mapping):
            continue
        if "selected" in value:
            return meaning_of(value["selected"], context.labels, pair.models)
        choices = value.get("choices")
        if isinstance(choices, list) and len(choices) == 1:
            return meaning_of(choices[0], context.labels, pair.models)
    return None


def _vote(
    row: RawRow, annotation: Mapping[str, Any], pair: TextPair, winner: Winner, context: ImportContext
) -> PreferenceRow:
    kind = context.rater_kind or RaterKind.human
    source, key = context.row_source, fields.name(row, "id")
    number = fields.optional_name(annotation, "id")
    texts = None if pair.prompt is None else BattleTexts(pair.prompt, pair.a, pair.b)
    return PreferenceRow(
        source,
        None if number is None else f"{key}-{number}",
        rater_label(kind, _person(annotation)),
        source,
        key,
        *pair.models,
        winner,
        seconds=fields.number(annotation, "lead_time") if kind is RaterKind.human else None,
        created_at=fields.moment(annotation, "created_at"),
        response_a=ONLY,
        response_b=ONLY,
        judgment=three_way(winner) if kind is RaterKind.judge else None,
        conversations=texts,
    )


def _person(annotation: Mapping[str, Any]) -> str:
    """The person's number, never an e-mail address."""
    by = annotation.get("completed_by")
    if isinstance(by, Mapping):
        by = by.get("id")
    return fields.optional_name({"completed_by": by}, "completed_by") or UNKNOWN_KEY


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "Label Studio",
        task,
        needs="id data annotations",
        also="predictions meta created_at updated_at project drafts file_upload inner_id total_annotations "
        "cancelled_annotations total_predictions comment_count unresolved_comment_count comment_authors "
        "last_comment_updated_at updated_by",
    ),
)
