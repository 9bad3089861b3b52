"""LMArena (formerly Chatbot Arena): published battles, in whose rows `judge` is the person who voted."""

from collections.abc import Sequence

from storage.exchange.formats.battles import battle, rater_label
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, PreferenceRow, RawRow, RowKind
from storage.values import UNKNOWN_KEY, RaterKind


def arena(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle of `question_id, model_a, model_b, winner, judge, turn, anony, language, tstamp`."""
    label = fields.optional_name(row, "judge") or UNKNOWN_KEY
    return (battle(row, context, rater_label(context.rater_kind or RaterKind.human, label)),)


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "LMArena battle",
        arena,
        needs="question_id model_a model_b winner judge anony tstamp",
        also="turn language category conversation_a conversation_b",
    ),
)
