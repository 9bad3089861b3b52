"""WildBench: scores of single outputs from 1 to 10 by a judge, without the text of the task.

Source: https://github.com/allenai/WildBench, folder `eval_results`. The judge is named by the folder only.
"""

from collections.abc import Iterator

from storage.exchange.formats.battles import rater_label
from storage.exchange.formats.benchmarks.fastchat_judgments import HIGH, LOW
from storage.exchange.formats.judged_games import NO_VERDICT
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ONLY, ImportContext, RawRow, RowKind, SatisfactionRow
from storage.values import UNKNOWN_KEY, RaterKind, ScoreState


def scored_output(row: RawRow, context: ImportContext) -> Iterator[SatisfactionRow]:
    """The score of one output; without one from 1 to 10, the judgment failed."""
    try:
        score = float(str(row.get("score")).strip())
    except ValueError:
        score = 0.0
    is_scored = LOW <= score <= HIGH
    source = context.row_source
    yield SatisfactionRow(
        source,
        None,
        rater_label(RaterKind.judge, fields.optional_name(row, "judge") or UNKNOWN_KEY),
        source,
        fields.name(row, "session_id"),
        fields.name(row, "model_test"),
        "overall",
        ScoreState.scored if is_scored else ScoreState.failed,
        score if is_scored else None,
        LOW,
        HIGH,
        created_at=fields.time(row),
        response=ONLY,
        cause=None if is_scored else NO_VERDICT,
    )


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
