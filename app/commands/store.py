"""`evenhand store`: check a store, back it up while it is in use, restore a backup, and erase a picture."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions, command_line_author
from app.commands.tables import counted, print_json, visible
from storage.errors import StoreDamaged, StoreError

if TYPE_CHECKING:
    from storage.upkeep.heads import LedgerHead
    from storage.upkeep.verification import StoreCheck

commands = typer.Typer(
    help="Check a store, back it up, restore a backup, erase a picture.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ADVICE = (
    "Stop what uses this store, keep a copy of it, and restore the newest backup that verifies: "
    "`evenhand store restore BACKUP --force`."
)
HEAD_HELP = "Head of the ledger kept at an earlier time, or a file that holds one (an export, rank --json); repeat."

Heads = Annotated[list[str] | None, typer.Option("--head", metavar="HEAD", help=HEAD_HELP, show_default="none")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


@commands.command(epilog="Example: evenhand store verify --head board.json")
@grouped
def verify(table: TableOptions, store: StoreOptions, head: Heads = None) -> None:
    """Check the database, the ledger, pictures, and that votes fit their ballots and responses; exit code 1 if not."""
    from storage.upkeep.verification import Finding, StoreCheck, verify

    heads = _heads(head)
    try:
        with store.opened() as database:
            check = verify(database, heads)
    except StoreDamaged as error:
        check = StoreCheck(None, 0, 0, (Finding("database", str(error)),))
    _report(check, store.settings.database, as_json=table.json)
    if not check.ok:
        raise typer.Exit(1)


@commands.command(epilog="Example: evenhand store backup monday.db")
@grouped
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")],
    table: TableOptions,
    store: StoreOptions,
    force: Force = False,
) -> None:
    """Copy a SQLite store to a file, also while it is served, and check the copy."""
    from storage.upkeep.backups import back_up

    check = back_up(_file_of(store, "pg_dump"), file, force=force)
    _report(check, str(file), as_json=table.json, done=f"Backed up to {visible(str(file))}.")
    if not check.ok:
        raise typer.Exit(1)


@commands.command(epilog="Example: evenhand store restore monday.db --database restored.db")
@grouped
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Backup to restore.")],
    table: TableOptions,
    store: StoreOptions,
    head: Heads = None,
    force: Force = False,
) -> None:
    """Put a backup in the place of a SQLite store, after checking it; stop the server first."""
    from storage.upkeep.backups import restore

    target = _file_of(store, "pg_restore")
    check = restore(file, target, _heads(head), force=force)
    done = f"Restored {visible(str(target))} from {visible(str(file))}." if check.ok else "Nothing was restored."
    _report(check, str(file), as_json=table.json, done=done)
    if not check.ok:
        raise typer.Exit(1)


@commands.command("erase-picture", epilog="Example: evenhand store erase-picture 3f1a…c9 --yes")
@grouped
def erase_picture(
    digest: Annotated[
        str,
        typer.Argument(
            metavar="SHA256", help="Digest of the picture, the name of its file in the folder media of an export."
        ),
    ],
    store: StoreOptions,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Erase the bytes of a picture permanently; questions, responses and votes stay, and the ledger stays intact."""
    from app.wiring import clock
    from storage.audit import sign
    from storage.media.stored_pictures import erase_picture

    if not yes:
        typer.confirm(f"Permanently erase the picture {visible(digest)}?", abort=True, err=True)
    with store.opened() as database, database.writing() as session:
        sign(session, command_line_author())
        erase_picture(session, digest.strip().lower(), clock())
    typer.echo(
        "Erased the picture. Votes and the ledger's chain hold only its digest and are unchanged. Earlier copies, such "
        "as backups and exports, still contain it."
    )


def _heads(given: Sequence[str] | None) -> "list[LedgerHead]":
    from storage.upkeep.heads import read_heads

    return [head for text in given or () for head in read_heads(text)]


def _file_of(store: StoreOptions, instead: str) -> Path:
    if store.file is None:
        raise StoreError(f"expected a SQLite file, got a PostgreSQL database; use {instead} for it")
    return store.file


def _report(check: "StoreCheck", name: str, *, as_json: bool, done: str = "") -> None:
    """Print what a check found, and what to do about it."""
    if as_json:
        print_json(
            {
                "ok": check.ok,
                "ledger_head": None if check.head is None else str(check.head),
                "rows": check.rows,
                "rows_without_contents": check.uncovered,
                "pictures": check.pictures,
                "erased_pictures": check.erased_pictures,
                "unused_pictures": check.unused_pictures,
                "findings": [asdict(finding) for finding in check.findings],
                "advice": None if check.ok else ADVICE,
            }
        )
        return
    if done:
        typer.echo(done)
    for finding in check.findings:
        typer.echo(f"{finding.area}: {visible(finding.message)}", err=True)
    if not check.ok:
        typer.echo(f"evenhand: {visible(name)} has {counted(len(check.findings), 'fault')}. {ADVICE}", err=True)
        return
    typer.echo(f"{visible(name)} is intact: {counted(check.rows, 'row')} in the ledger.")
    if check.uncovered:
        typer.echo(
            f"  {counted(check.uncovered, 'row')} of an earlier version: later changes of their ballots and responses "
            "cannot be found."
        )
    if check.pictures or check.erased_pictures:
        typer.echo(
            f"  pictures: {check.pictures:,}, not in use: {check.unused_pictures:,}, erased: {check.erased_pictures:,}"
        )
    typer.echo(f"  ledger head: {check.head}")
