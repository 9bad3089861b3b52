"""RewardBench 2: chosen and rejected completions of a prompt.

Source: https://huggingface.co/datasets/allenai/reward-bench-2. The completions of a row may come from one model several
times, so their names say their role: `chosen 1`, `rejected 2`. Each chosen one beats each rejected one.
"""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.chosen_pairs import ChosenPair, chosen_row
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, PreferenceRow, RawRow, RowKind


def best_of(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """The pairs of one prompt."""
    prompt = fields.one_turn(row, "prompt")
    chosen, rejected = fields.listed(row, "chosen"), fields.listed(row, "rejected")
    if not chosen or not rejected:
        raise BadInput("expected completions in 'chosen' and 'rejected', got none; correct the row")
    key = fields.name(row, "id")
    for place, better in enumerate(chosen, 1):
        for other, worse in enumerate(rejected, 1):
            pair = ChosenPair(
                key,
                prompt,
                [fields.clean_turn(better)],
                [fields.clean_turn(worse)],
                f"chosen {place}",
                f"rejected {other}",
            )
            yield chosen_row(row, context, pair)._replace(row_key=f"{key}-{place}-{other}")


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "RewardBench 2",
        best_of,
        needs="id prompt chosen rejected num_correct",
        also="subset num_incorrect total_completions",
        source="reward-bench-2",
        says_rater_kind=False,
    ),
)
