"""Labelled pairs of responses without the names of their models: `prompt, response_a, response_b, winner`.

Sets for testing judges come so, under many names of columns, which `--map` translates: LLMBar, Auto-J, JudgeBench. The
models are called `response_a` and `response_b`, so a leaderboard of them says nothing; agreement with a judge does.
"""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.battles import language, rater_label, three_way
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.formats.winner_labels import winner
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ONLY, BattleTexts, ImportContext, PreferenceRow, RawRow, RowKind
from storage.values import UNKNOWN_KEY, RaterKind, canonical_json, digest

SIDES = ("response_a", "response_b")
_KEYS = ("question_id", "pair_id", "id")


def labelled_pair(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A pair with a label, whose key is a digest of the texts where the row has none."""
    kind = context.rater_kind
    if kind is None:
        raise BadInput("expected to know whether people or a judge rated; add --rater-kind human or --rater-kind judge")
    won = winner(row, context.labels)
    prompt, a, b = (fields.one_turn(row, column) for column in ("prompt", *SIDES))
    key = next((found for column in _KEYS if (found := fields.optional_name(row, column))), None)
    source = context.row_source
    yield PreferenceRow(
        source,
        None,
        rater_label(kind, fields.optional_name(row, "annotator") or UNKNOWN_KEY),
        source,
        key or digest(canonical_json([prompt, a, b]))[:24],
        *SIDES,
        won,
        created_at=fields.time(row),
        response_a=ONLY,
        response_b=ONLY,
        judgment=three_way(won) if kind is RaterKind.judge else None,
        category=fields.optional_name(row, "category"),
        language=language(row),
        conversations=BattleTexts(prompt, a, b),
    )


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "unnamed pairs",
        labelled_pair,
        needs="prompt response_a response_b winner",
        also="question_id pair_id id annotator category language",
        says_rater_kind=False,
        fits=lambda row: "model_a" not in row,
    ),
)
