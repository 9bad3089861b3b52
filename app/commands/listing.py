"""`evenhand list`: what there is to choose from, filtered by words."""

from collections.abc import Callable
from typing import Annotated, Literal, get_args

import typer

from app.commands.campaign import campaign_rows
from app.commands.options import StoreOptions, TableOptions, grouped
from app.commands.tables import Row, print_json, print_table

Kind = Literal["methods", "models", "questions", "campaigns", "raters", "formats"]

_LONGEST_TEXT = 60


@grouped
def list_(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help=f"One of {', '.join(get_args(Kind))}.")],
    table: TableOptions,
    store: StoreOptions,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD", help="Only lines that hold every word.")] = None,
) -> None:
    """List what there is to choose from, such as models or rating methods."""
    wanted = [word.casefold() for word in words or ()]
    rows = [row for row in _READERS[kind](store) if _holds(row, wanted)]
    if table.json:
        print_json({kind: rows})
    elif rows:
        print_table([{key: _short(cell) if key == "text" else cell for key, cell in row.items()} for row in rows])
    else:
        typer.echo(f"No {kind}{' with these words' if wanted else ' yet'}.")


def _methods(_store: StoreOptions) -> list[Row]:
    from arena.catalog import RATING_METHODS

    return [{"method": name, "description": entry.description} for name, entry in RATING_METHODS.items()]


def _models(store: StoreOptions) -> list[Row]:
    from storage.questions import list_models

    with store.opened() as database, database.reading() as session:
        return [
            {
                "model": line.name,
                "kind": line.kind,
                "organisation": line.organisation,
                "licence": line.licence,
                "responses": line.n_responses,
            }
            for line in list_models(session)
        ]


def _questions(store: StoreOptions) -> list[Row]:
    from storage.questions import list_questions
    from storage.values import turn_text

    with store.opened() as database, database.reading() as session:
        return [
            {
                "source": line.source,
                "key": line.key,
                "category": line.category,
                "language": line.language,
                "responses": line.n_responses,
                "text": turn_text(line.turns[0]) if line.turns else None,
            }
            for line in list_questions(session)
        ]


def _raters(store: StoreOptions) -> list[Row]:
    """People with an account, and everybody else, person or judge, of whom there are verdicts."""
    from storage.battle_rows import filter_values
    from storage.raters import people
    from storage.values import RaterKind

    with store.opened() as database, database.reading() as session:
        rows: list[Row] = [
            {"rater": person.username, "kind": RaterKind.human.value, "account": True, "role": person.role.value}
            for person in people(session)
        ]
        names = {row["rater"] for row in rows}
        for kind in RaterKind:
            rows += [
                {"rater": name, "kind": kind.value, "account": False, "role": None}
                for name in filter_values(session, kind)["rater"]
                if kind is RaterKind.judge or name not in names
            ]
    return rows


_READERS: dict[Kind, Callable[[StoreOptions], list[Row]]] = {
    "methods": _methods,
    "models": _models,
    "questions": _questions,
    "campaigns": campaign_rows,
    "raters": _raters,
}


def _holds(row: Row, words: list[str]) -> bool:
    text = " ".join(str(cell) for cell in row.values() if cell is not None).casefold()
    return all(word in text for word in words)


def _short(cell: str | float | bool | None) -> str | float | bool | None:
    """A cell of one line, cut where a question runs on."""
    if not isinstance(cell, str):
        return cell
    line = " ".join(cell.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"
