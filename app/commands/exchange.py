"""`evenhand import` and `evenhand export`: rows of files into the store, and rows of the store into files."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.progress import row_progress
from app.commands.tables import counted, print_json, visible

if TYPE_CHECKING:
    from storage.exchange.importing import ImportReport

ImportKindName = Literal["questions", "responses", "preferences", "satisfaction"]
ExportKindName = Literal["questions", "responses", "preferences", "satisfaction", "dpo", "comparator"]

_MODELS_NAMED = 10


@grouped
def import_(
    kind: Annotated[
        ImportKindName, typer.Argument(metavar="KIND", help=f"One of {', '.join(get_args(ImportKindName))}.")
    ],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="JSONL, JSON, CSV or Parquet file, also compressed as .gz.")
    ],
    table: TableOptions,
    store: StoreOptions,
    rater_kind: Annotated[
        Literal["human", "judge"] | None,
        typer.Option(help="Kind of the raters, where the file does not say it.", show_default="as the file says"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Source of the rows, where they do not say it.", show_default="the file's name"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all rows; store nothing.")] = False,
) -> None:
    """Import the rows of files into the store; each file is imported completely or not at all."""
    from app.wiring import clock, mint
    from storage.exchange.importing import ImportOptions, ImportReport, import_file
    from storage.exchange.rows.canonical import RowKind
    from storage.values import RaterKind

    options = ImportOptions(
        now=clock(),
        salt=mint(),
        rater_kind=None if rater_kind is None else RaterKind(rater_kind),
        source=source,
        dry_run=dry_run,
    )
    done: list[ImportReport] = []
    with store.opened_for_import(lambda: bool(done) and not dry_run) as database:
        for file in files:
            with row_progress(f"Reading {visible(file.name)}") as report:
                done.append(import_file(database, RowKind(kind), file, options, progress=report))
            if not table.json:
                _print_report(file, done[-1])
    if table.json:
        print_json({"files": [{"file": str(file)} | asdict(one) for file, one in zip(files, done, strict=True)]})


@grouped
def export(
    kind: Annotated[
        ExportKindName, typer.Argument(metavar="KIND", help=f"One of {', '.join(get_args(ExportKindName))}.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="File to write: .jsonl, .csv or .parquet, also as .gz; .jsonl for dpo, .json for comparator.",
        ),
    ],
    table: TableOptions,
    store: StoreOptions,
    rater_kind: Annotated[
        Literal["human", "judge"] | None,
        typer.Option(help="Only rows of people, or only rows of judges.", show_default="both"),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="For comparator: model A, then model B.",
            show_default="the store's two models",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Export rows of the store to a file, or training pairs (dpo) or LLM Comparator JSON made of them."""
    from app.views.board import left_out
    from storage.exchange.exporting import ExportKind, ExportOptions, export_file
    from storage.values import RaterKind

    models = tuple(model or ())
    if len(models) not in (0, 2):
        raise typer.BadParameter(
            f"expected --model twice, for model A and model B, got it {counted(len(models), 'time')}"
        )
    options = ExportOptions(
        rater_kind=None if rater_kind is None else RaterKind(rater_kind),
        models=(models[0], models[1]) if models else None,
        force=force,
    )
    with store.opened() as database:
        done = export_file(database, ExportKind(kind), file, options)
    if table.json:
        print_json({"file": str(file)} | asdict(done))
        return
    typer.echo(f"Exported {done.kind.value} to {visible(str(file))}: {counted(done.rows, 'row')}.")
    if done.left_out:
        typer.echo(f"  left out: {'; '.join(left_out(done.left_out, 'en'))}")


def _print_report(file: Path, done: "ImportReport") -> None:
    verb = "Would import" if done.dry_run else "Imported"
    what = f"{done.kind.value} from {visible(str(file))} ({done.format} format)"
    typer.echo(f"{verb} {what}: {done.added:,} new of {counted(done.rows, 'row')} read.")
    for label, number in (
        ("already in the store", done.duplicates),
        ("known questions and responses whose text was added", done.filled),
        ("new questions known only by their key", done.placeholders),
        ("new questions", done.questions),
        ("new responses", done.responses),
        ("rows whose responses are not in the store", done.unmatched),
        ("new raters", done.raters),
        ("rows that name no rater", done.without_rater),
        ("rows that name no question", done.without_question),
        ("network addresses replaced by digests", done.addresses),
    ):
        if number:
            typer.echo(f"  {label}: {number:,}")
    if done.models:
        more = f" and {len(done.models) - _MODELS_NAMED:,} more" if len(done.models) > _MODELS_NAMED else ""
        typer.echo(f"  new models: {visible(', '.join(done.models[:_MODELS_NAMED]))}{more}")
    if done.unused:
        typer.echo(f"  columns not read: {visible(', '.join(done.unused))}")
