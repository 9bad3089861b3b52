"""Rows of the ledger that hold until a later row of the same table `reverses` them; a reversal cannot be reversed."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select


def in_force(table: Table, column: ColumnElement[Any], up_to: int | ColumnElement[int] | None = None) -> Select[Any]:
    """A column of the rows in force, now or as of a ledger position: made by then, and not taken back by then."""
    later = table.alias("later")
    taken_back = select(later.c.position).where(later.c.reverses == table.c.position)
    chosen = select(column).where(table.c.reverses.is_(None))
    if up_to is not None:
        taken_back = taken_back.where(later.c.position <= up_to)
        chosen = chosen.where(table.c.position <= up_to)
    return chosen.where(~taken_back.exists())
