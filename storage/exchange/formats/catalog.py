"""Every format that can be imported, and how to tell which one a file has.

A further format is one file beside this one and one line in `FORMATS`. Its functions turn a row of the file into
canonical rows. What the file itself says (its source, who rated) takes precedence over the command line; what neither
says is an error and never a guess.
"""

from collections.abc import Sequence

from storage.errors import BadInput
from storage.exchange.formats import battles, chosen_pairs, evenhand_rows, lmarena
from storage.exchange.formats.benchmarks import (
    alpaca_eval,
    arena_hard,
    fastchat,
    fastchat_judgments,
    reward_bench,
    wildbench,
)
from storage.exchange.formats.row_format import RowFormat, with_uid
from storage.exchange.formats.tools import argilla, autoarena, label_studio, llm_comparator, unnamed_pairs
from storage.exchange.rows.canonical import RawRow, RowKind
from storage.exchange.rows.problems import shown
from storage.values import RaterKind

FORMATS: tuple[RowFormat, ...] = (
    *evenhand_rows.FORMATS,
    *fastchat.FORMATS,
    *fastchat_judgments.FORMATS,
    *map(with_uid, (*fastchat.FORMATS, *fastchat_judgments.FORMATS)),
    *alpaca_eval.FORMATS,
    *arena_hard.FORMATS,
    *reward_bench.FORMATS,
    *wildbench.FORMATS,
    *lmarena.FORMATS,
    *battles.FORMATS,
    *chosen_pairs.FORMATS,
    *label_studio.FORMATS,
    *argilla.FORMATS,
    *autoarena.FORMATS,
    *unnamed_pairs.FORMATS,
    *llm_comparator.FORMATS,
)
"""All formats; of several that fit a file and need equally many columns, one that also tests values comes first."""

ANSWER_IDS = frozenset(("answer1_id", "answer2_id", "answer_ids"))
"""Columns of reviews of FastChat and LLM Zoo, whose models only the files of answers name."""

COLUMNS_SHOWN = 20
ELEMENTS_TRIED = 10


def recognise(
    rows: Sequence[RawRow], *, kind: RowKind | None = None, name: str | None = None, rater_kind: RaterKind | None = None
) -> RowFormat:
    """The format of a file by its first rows: of those that fit, the one that needs the most columns.

    Args:
        rows: the first rows of the file.
        kind: kind of its rows; None if it is to be found.
        name: name or title of its format; None if it is to be found.
        rater_kind: kind of its raters, where the caller says it.

    Raises:
        BadInput: no format of this kind and name fits, or neither the format nor the caller says whether people or
            judges rated.
    """
    columns = frozenset(column for row in rows for column in row)
    wanted = None if name is None else "-".join(name.lower().split())
    candidates = [known for known in FORMATS if kind in (None, known.kind) and wanted in (None, known.name)]
    if not candidates:
        names = ", ".join(dict.fromkeys(known.name for known in FORMATS if kind in (None, known.kind)))
        raise BadInput(f"expected a format among {names}, got {shown(name)}; see `evenhand list formats`")
    fitting = [known for known in candidates if known.is_format_of(columns, rows[0])]
    if not fitting and name is not None:
        fitting = [known for known in candidates if known.needs <= columns]
    if not fitting:
        raise BadInput(_unknown_columns(rows, columns, candidates, kind))
    found = max(fitting, key=lambda known: (len(known.needs), known.fits is not None))
    if not found.says_rater_kind and rater_kind is None and "rater_kind" not in columns:
        raise BadInput(
            "expected to know whether people or a judge rated, but "
            f"{found.title} rows do not say it; add --rater-kind human or --rater-kind judge"
        )
    return found


def _unknown_columns(
    rows: Sequence[RawRow], columns: frozenset[str], candidates: Sequence[RowFormat], kind: RowKind | None
) -> str:
    """A sentence about columns that no format has, with the format that comes closest."""
    if len(rows) == 1 and (sentence := _one_object(rows[0])):
        return sentence
    lacking = [known for known in candidates if known.needs - columns] or candidates
    nearest = max(lacking, key=lambda known: (len(known.needs & columns) / len(known.needs), len(known.needs)))
    missing = sorted(nearest.needs - columns)
    present = sorted(map(str, columns))
    got = ", ".join(present[:COLUMNS_SHOWN]) + (
        f" and {len(present) - COLUMNS_SHOWN:,} more" * (len(present) > COLUMNS_SHOWN)
    )
    what = "rows" if kind is None else str(kind)
    if reviewed := sorted(columns & ANSWER_IDS):
        return (
            f"expected {what} that name their models, got reviews that name answers by id ({', '.join(reviewed)}); "
            "read the folder of the benchmark with `evenhand judge recipe`, see `evenhand list recipes`"
        )
    if not missing or not nearest.needs & columns:
        return (
            f"expected {what} with the columns of a known format, got the columns {got or 'none'}; see `evenhand list "
            "formats`, and name columns with --map, for example --map winner=label"
        )
    return (
        f"expected {what} with the columns of a known format, got the columns {got}; for the {nearest.title} format "
        f"({nearest.kind}) name {', '.join(missing)} with --map, for example --map {missing[0]}=COLUMN"
    )


def _one_object(row: RawRow) -> str | None:
    """A sentence about a file that is one JSON object with the rows inside."""
    for column, value in row.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value[:ELEMENTS_TRIED]):
            return (
                f"expected a list of rows or one row per line, got one JSON object with a list of {len(value):,} "
                f"objects in {column!r}; save that list as the file"
            )
    if row and all(isinstance(value, dict) for value in row.values()):
        return (
            f"expected a list of rows or one row per line, got one JSON object with {len(row):,} objects in it; save "
            "them as a list"
        )
    return None
