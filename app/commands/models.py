"""`evenhand models`: rename and merge models, list what was changed, and take it back."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import counted, print_json, print_table, visible
from app.wiring import clock

if TYPE_CHECKING:
    from storage.ledger.model_changes import ChangeLine

commands = typer.Typer(help="Rename and merge models, and take it back.", no_args_is_help=True, rich_markup_mode=None)

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Reason to store with the change.")]


@commands.command(epilog="Example: evenhand models rename gpt4 gpt-4")
@grouped
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Name of the model, see `evenhand list models`.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Name that no model has or had.")],
    table: TableOptions,
    store: StoreOptions,
    reason: Reason = "",
) -> None:
    """Give a model another name; the old one goes on to mean it in files and options."""
    from storage.ledger.model_changes import rename_model
    from storage.questions.model_names import standing_names

    with store.opened() as database, database.writing() as session:
        position = rename_model(session, old, new, reason=reason, actor_id=None, now=clock())
        name = standing_names(session, [new])[new]
    if table.json:
        print_json({"change": position, "old": old, "new": name})
        return
    typer.echo(f"Renamed {visible(repr(old))} to {visible(repr(name))}. Undo with `evenhand models undo {position}`.")


@commands.command(epilog="Example: evenhand models merge GPT-4 gpt4 gpt-4")
@grouped
def merge(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME… INTO", help="Models to count as another one, and last the name that stays."),
    ],
    table: TableOptions,
    store: StoreOptions,
    reason: Reason = "",
) -> None:
    """Count models as one; everything stored is kept, and battles between them no longer count."""
    from storage.ledger.model_changes import battles_within_models, merge_models

    if len(names) < 2:
        raise typer.BadParameter("expected two or more names, the last of which stays, got one")
    *others, into = names
    with store.opened() as database, database.writing() as session:
        before = battles_within_models(session)
        changes = {
            name: merge_models(session, name, into, reason=reason, actor_id=None, now=clock()) for name in others
        }
        within = battles_within_models(session) - before
    if table.json:
        print_json({"changes": changes, "into": into, "battles_between": within})
        return
    for name, position in changes.items():
        typer.echo(
            f"{visible(repr(name))} counts as {visible(repr(into))}. Undo with `evenhand models undo {position}`."
        )
    if within:
        typer.echo(f"{counted(within, 'battle')} between them no longer {'counts' if within == 1 else 'count'}.")


@commands.command(epilog="Example: evenhand models undo 1204")
@grouped
def undo(
    number: Annotated[int, typer.Argument(metavar="N", help="Number of a change, see `evenhand models changes`.")],
    store: StoreOptions,
    reason: Reason = "",
) -> None:
    """Take a rename or a merge back, from now on."""
    from storage.ledger.model_changes import undo_change

    with store.opened() as database, database.writing() as session:
        undo_change(session, number, reason=reason, actor_id=None, now=clock())
    typer.echo(f"Took change {number} back.")


@commands.command(epilog="Example: evenhand models changes --json")
@grouped
def changes(table: TableOptions, store: StoreOptions) -> None:
    """List renames and merges, the newest first."""
    from storage.ledger.model_changes import list_changes

    with store.opened() as database, database.reading() as session:
        lines = list_changes(session)
    if table.json:
        print_json({"changes": [asdict(line) | {"at": line.at.isoformat()} for line in lines]})
    elif lines:
        print_table([_row(line) for line in lines], right=["change"])
    else:
        typer.echo("No model was renamed or merged.")


def _row(line: "ChangeLine") -> dict[str, str | int | None]:
    return {
        "change": line.position,
        "what": "merge" if line.is_merge else "rename",
        "old": line.old,
        "new": line.new,
        "at": line.at.isoformat(sep=" ", timespec="minutes"),
        "reason": line.reason or None,
        "undone": "yes" if line.undone else None,
    }
