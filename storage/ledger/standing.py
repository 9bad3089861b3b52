"""Which rows of the ledger stand: the rule of every board, count and export, as SQL conditions.

Rows are never changed; later rows silence them, each from its own position on:

- A row that `supersedes` another replaces it for good. A preference without a winner and an undone score only take the
  other back, and are no vote or score themselves.
- A void leaves one row out, an exclusion leaves out all rows of a rater or on a question. Both hold until another
  void or exclusion `reverses` them; the rows then count again. A reversal cannot be reversed.

A row **stands** if nothing superseded or voided it. It **counts** if it stands, neither its rater nor its question is
excluded, and its two models were not merged into one (`storage.questions.model_names`).
`storage.ledger.standing_fold` applies the same rule step by step to columns in memory.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, not_, or_, select

from storage.database.columns import table_of
from storage.database.ledger_tables import Exclusion, Void
from storage.database.reversals import in_force
from storage.questions.model_names import same_models
from storage.values import ScoreState

EXCLUSION, VOID = table_of(Exclusion), table_of(Void)


def voided(up_to: int | None = None) -> Select[tuple[int]]:
    """The positions that are void, now or as of a ledger position."""
    return in_force(VOID, VOID.c.voids, up_to)


def excluded(column: ColumnElement[Any], up_to: int | None = None) -> Select[Any]:
    """The raters or questions (a column of `EXCLUSION`) that are excluded, now or as of a ledger position."""
    return in_force(EXCLUSION, column, up_to).where(column.is_not(None))


def superseded(table: Table, up_to: int | None = None) -> Select[tuple[int]]:
    """The positions of a ledgered table that another row replaced, now or as of a ledger position."""
    later = table.alias("later")
    chosen = select(later.c.supersedes).where(later.c.supersedes.is_not(None))
    return chosen if up_to is None else chosen.where(later.c.position <= up_to)


def left_out(table: Table, up_to: int | None = None) -> dict[str, ColumnElement[bool]]:
    """The conditions under which a row of a ledgered table does not count, by reason.

    A row may meet several conditions; the first one names it. A row that takes another back is `superseded` too.
    """
    conditions = {}
    if "supersedes" in table.c:
        replaced = _holds(superseded(table, up_to), table.c.position)
        is_undo = table.c.winner.is_(None) if "winner" in table.c else table.c.state == ScoreState.undone
        conditions["superseded"] = or_(replaced, is_undo)
    conditions["void"] = _holds(voided(up_to), table.c.position)
    rater = _holds(excluded(EXCLUSION.c.rater_id, up_to), table.c.rater_id)
    question = _holds(excluded(EXCLUSION.c.question_id, up_to), table.c.question_id)
    conditions["excluded"] = or_(rater, question)
    if "model_a_id" in table.c:
        conditions["merged"] = same_models(table, up_to)
    return conditions


def stands(table: Table, up_to: int | None = None) -> ColumnElement[bool]:
    """The condition under which a row of a ledgered table is neither superseded nor void."""
    conditions = left_out(table, up_to)
    return not_(or_(conditions.get("superseded", false()), conditions["void"]))


def counts(table: Table, up_to: int | None = None) -> ColumnElement[bool]:
    """The condition under which a row of a ledgered table stands, and its rater and question are not excluded."""
    return and_(*(not_(condition) for condition in left_out(table, up_to).values()))


def _holds(chosen: Select[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a value of the surrounding statement is among those selected, as an indexed look-up for each row."""
    return chosen.where(chosen.selected_columns[0] == value).exists()
