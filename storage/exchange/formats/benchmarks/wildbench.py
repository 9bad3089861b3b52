"""WildBench: scores of single outputs from 1 to 10 by a judge, without the text of the task.

Source: https://github.com/allenai/WildBench, folder `eval_results`. The judge is named by the folder only.
"""

from collections.abc import Iterator

from storage.exchange.formats.battles import rater_label
from storage.exchange.formats.judged_games import judged_score
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, RawRow, RowKind, SatisfactionRow
from storage.values import UNKNOWN_KEY, RaterKind


def scored_output(row: RawRow, context: ImportContext) -> Iterator[SatisfactionRow]:
    """The score of one output; without one from 1 to 10, the judgment failed."""
    yield judged_score(
        row,
        context,
        rater_label(RaterKind.judge, fields.optional_name(row, "judge") or UNKNOWN_KEY),
        question=fields.name(row, "session_id"),
        model=fields.name(row, "model_test"),
        score=_score(row),
    )


def _score(row: RawRow) -> float | None:
    """The score, which published files give as a text; None for a text that is no number."""
    try:
        return float(str(row.get("score")).strip())
    except ValueError:
        return None


FORMATS = (
    RowFormat.of(
        RowKind.satisfaction,
        "WildBench",
        scored_output,
        needs="session_id model_test score parsed_result",
        also="judge",
        source="wildbench",
    ),
)
