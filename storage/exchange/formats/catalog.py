"""Every format that can be imported, and how to tell which one a file has.

A further format is one file beside this one and one line in `FORMATS`. Its functions turn a row of the file into
canonical rows. What the file itself says (its source, who rated) takes precedence over the command line; what neither
says is an error and never a guess.
"""

from collections.abc import Iterable

from storage.errors import BadInput
from storage.exchange.formats import alpaca_eval, battles, evenhand_rows, fastchat, lmarena
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows.canonical import RowKind
from storage.values import RaterKind

FORMATS: tuple[RowFormat, ...] = (
    *evenhand_rows.FORMATS,
    *fastchat.FORMATS,
    *alpaca_eval.FORMATS,
    *lmarena.FORMATS,
    *battles.FORMATS,
)
"""All formats; of several that fit the columns of a file, the first is taken."""


def recognise(kind: RowKind, columns: Iterable[str], rater_kind: RaterKind | None) -> RowFormat:
    """The format of a file by the columns of its first row.

    Raises:
        BadInput: no format of this kind has these columns, or neither the format nor the caller says whether people
            or judges rated.
    """
    present = frozenset(columns)
    for known in FORMATS:
        if known.kind == kind and known.needs <= present:
            if not known.says_rater_kind and rater_kind is None:
                raise BadInput(
                    "expected to know whether people or a judge rated, but "
                    f"{known.title} rows do not say it; add --rater-kind human or --rater-kind judge"
                )
            return known
    options = "; or ".join(
        f"{', '.join(sorted(known.needs))} ({known.title})" for known in FORMATS if known.kind == kind
    )
    got = ", ".join(sorted(map(str, present))) or "none"
    raise BadInput(f"expected {kind} with the columns {options}, got the columns {got}; rename them")
