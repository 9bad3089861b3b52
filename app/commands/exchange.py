"""`evenhand import` and `evenhand export`: rows of files into the store, and rows of the store into files."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.progress import row_progress
from app.commands.tables import counted, print_json, visible

if TYPE_CHECKING:
    from storage.exchange.importing import ImportReport
    from storage.exchange.rows.canonical import RowKind

ImportKindName = Literal["questions", "responses", "preferences", "satisfaction"]
IMPORT_KINDS: tuple[str, ...] = get_args(ImportKindName)
ExportKindName = Literal[
    "questions", "responses", "preferences", "satisfaction", "dpo", "comparator", "dataset", "lmarena", "mt-bench",
    "alpaca-eval",
]  # fmt: skip

_MODELS_NAMED = 10
_SOURCES_NAMED = 5


@dataclass(frozen=True)
class RowOptions:
    """What the rows of an import do not say, and whether they are stored.

    Attributes:
        rater_kind: kind of the raters, where the file does not say it.
        source: source of the rows, where they do not say it.
        dry_run: whether to store nothing.
    """

    rater_kind: Annotated[
        Literal["human", "judge"] | None,
        typer.Option(help="Kind of the raters, where the file does not say it.", show_default="as the file says"),
    ] = None
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Source of the rows, where they do not say it.", show_default="the file's name"
        ),
    ] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all rows; store nothing.")] = False


@dataclass(frozen=True)
class LayoutOptions:
    """How the files of an import are laid out, where their columns do not tell it.

    Attributes:
        format: name of the format.
        columns: columns of a format and the file's own names for them.
        labels: labels of winners and their meaning.
    """

    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Format of the files, a name of `evenhand list formats`.",
            show_default="found by the columns",
        ),
    ] = None
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=NAME",
            help="Column of the format and its name in the file, for example winner=label. Repeatable.",
            show_default=False,
        ),
    ] = None
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="LABEL=WINNER",
            help="Meaning of a label: model_a, model_b, tie or both_bad. Repeatable.",
            show_default=False,
        ),
    ] = None

    def parsed_columns(self) -> dict[str, str]:
        """The file's name for each column of a format."""
        found = {}
        for one in self.columns or ():
            ours, mark, theirs = one.partition("=")
            if not (mark and ours and theirs):
                raise typer.BadParameter(f"expected --map COLUMN=NAME, for example winner=label, got {one!r}")
            found[ours] = theirs
        return found


@dataclass(frozen=True)
class BadRowOptions:
    """What to do with wrong rows.

    Attributes:
        skip_bad: whether to import the good rows of a file with wrong ones.
        bad_rows: file for the wrong rows of a single file.
    """

    skip_bad: Annotated[
        bool,
        typer.Option(
            "--skip-bad",
            help="Import the good rows of a file, and write the bad ones with the reason to FILE.bad.jsonl.",
        ),
    ] = False
    bad_rows: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="With --skip-bad: file for the bad rows of a single file.", show_default=False
        ),
    ] = None

    def file_of(self, path: Path) -> Path | None:
        """The file for the wrong rows of a file; None if wrong rows refuse it."""
        if not self.skip_bad:
            return None
        return self.bad_rows or path.with_name(f"{path.name}.bad.jsonl")


@grouped
def import_(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[KIND] FILE…",
            help="JSONL, JSON, CSV or Parquet files, also compressed as .gz, or folders of a Hugging Face dataset; "
            f"before them their kind, one of {', '.join(IMPORT_KINDS)}, where it is not to be found by the columns.",
        ),
    ],
    rows: RowOptions,
    layout: LayoutOptions,
    bad: BadRowOptions,
    table: TableOptions,
    store: StoreOptions,
) -> None:
    """Import the rows of files into the store; each file is imported completely or not at all."""
    from app.wiring import clock, mint
    from storage.exchange.formats.winner_labels import parse_labels
    from storage.exchange.importing import ImportOptions, ImportReport, import_file
    from storage.values import RaterKind

    kind, paths, folders = _kind_and_paths(files)
    if bad.bad_rows is not None and (not bad.skip_bad or len(paths) > 1):
        raise typer.BadParameter(
            "expected --bad-rows with --skip-bad and a single file; leave it out for FILE.bad.jsonl"
        )
    options = ImportOptions(
        now=clock(),
        salt=mint(),
        rater_kind=None if rows.rater_kind is None else RaterKind(rows.rater_kind),
        source=rows.source,
        dry_run=rows.dry_run,
        format=layout.format,
        columns=layout.parsed_columns(),
        labels=parse_labels(layout.labels or ()),
    )
    done: list[ImportReport] = []
    with store.opened_for_import(lambda: bool(done) and not rows.dry_run) as database:
        for file in paths:
            own = replace(options, bad_rows=bad.file_of(file), source=options.source or folders.get(file))
            with row_progress(f"Reading {visible(file.name)}") as report:
                done.append(import_file(database, kind, file, own, progress=report))
            if not table.json:
                _print_report(file, done[-1], own.bad_rows)
    if table.json:
        print_json({"files": [{"file": str(file)} | asdict(one) for file, one in zip(paths, done, strict=True)]})


def _kind_and_paths(words: list[str]) -> tuple["RowKind | None", list[Path], dict[Path, str]]:
    """The kind that stands before the files, None if the first word is a file; the files; names of their folders.

    A folder stands for its data files, whose rows have its name as their source.
    """
    from storage.exchange.dataset_folders import data_files
    from storage.exchange.rows.canonical import RowKind

    kind = RowKind(words[0]) if words[0] in IMPORT_KINDS else None
    if kind is not None and len(words) == 1:
        raise typer.BadParameter(f"expected a file after {words[0]}, got none; name the file to import")
    paths: list[Path] = []
    folders: dict[Path, str] = {}
    for path in map(Path, words if kind is None else words[1:]):
        inside = data_files(path) if path.is_dir() else [path]
        paths += inside
        folders.update(dict.fromkeys(inside, path.resolve().name) if path.is_dir() else {})
    return kind, paths, folders


@dataclass(frozen=True)
class ExportChoices:
    """Rows to export, and what the file holds of them.

    Attributes:
        rater_kind: kind of the raters whose rows are exported; None for both.
        model: model A and model B of a comparison.
        force: whether to replace an existing file.
        named: whether training pairs also name question, models and kind of the rater.
    """

    rater_kind: Annotated[
        Literal["human", "judge"] | None,
        typer.Option(help="Only rows of people, or only rows of judges.", show_default="both"),
    ] = None
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="For comparator: model A, then model B.",
            show_default="the store's two models",
        ),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False
    named: Annotated[
        bool,
        typer.Option("--named", help="For dpo: also question, models and kind of the rater, for importing it again."),
    ] = False


@grouped
def export(
    kind: Annotated[
        ExportKindName, typer.Argument(metavar="KIND", help=f"One of {', '.join(get_args(ExportKindName))}.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="File to write: .jsonl, .csv or .parquet, also as .gz; .jsonl for dpo, .json for comparator; a new "
            "folder for dataset.",
        ),
    ],
    choices: ExportChoices,
    table: TableOptions,
    store: StoreOptions,
) -> None:
    """Export rows of the store to a file or folder, or training pairs (dpo) or LLM Comparator JSON made of them."""
    from app.views.board import left_out
    from storage.exchange.exporting import ExportKind, ExportOptions, export_file
    from storage.values import RaterKind

    models = tuple(choices.model or ())
    if len(models) not in (0, 2):
        raise typer.BadParameter(
            f"expected --model twice, for model A and model B, got it {counted(len(models), 'time')}"
        )
    options = ExportOptions(
        rater_kind=None if choices.rater_kind is None else RaterKind(choices.rater_kind),
        models=(models[0], models[1]) if models else None,
        force=choices.force,
        named=choices.named,
    )
    with store.opened() as database:
        done = export_file(database, ExportKind(kind), file, options)
    if table.json:
        print_json({"file": str(file)} | asdict(done))
        return
    typer.echo(f"Exported {done.kind.value} to {visible(str(file))}: {counted(done.rows, 'row')}.")
    if done.left_out:
        typer.echo(f"  left out: {'; '.join(left_out(done.left_out, 'en'))}")


def _print_report(file: Path, done: "ImportReport", bad_rows: Path | None) -> None:
    from app.views.board import alike_text

    verb = "Would import" if done.dry_run else "Imported"
    what = f"{done.kind.value} from {visible(str(file))} ({done.format} format)"
    typer.echo(f"{verb} {what}: {done.added:,} new of {counted(done.rows, 'row')} read.")
    for label, number in (
        ("already in the store", done.duplicates),
        ("known questions and responses whose text was added", done.filled),
        ("new questions known only by their key", done.placeholders),
        ("new questions", done.questions),
        ("new responses", done.responses),
        ("new pictures", done.pictures),
        ("rows whose responses are not in the store", done.unmatched),
        ("new raters", done.raters),
        ("rows that name no rater", done.without_rater),
        ("rows that name no question", done.without_question),
        ("network addresses replaced by digests", done.addresses),
    ):
        if number:
            typer.echo(f"  {label}: {number:,}")
    if done.elsewhere and done.placeholders:
        sources = visible(", ".join(done.elsewhere[:_SOURCES_NAMED]))
        typer.echo(
            f"  Note: questions with these keys are in the store from another source ({sources}). If they are the"
        )
        typer.echo("  same, name their source with --source; --dry-run tells it before anything is stored.")
    if done.models:
        more = f" and {len(done.models) - _MODELS_NAMED:,} more" if len(done.models) > _MODELS_NAMED else ""
        typer.echo(f"  new models: {visible(', '.join(done.models[:_MODELS_NAMED]))}{more}")
    if done.skipped:
        where = "" if done.dry_run else f" (written to {visible(str(bad_rows))})"
        typer.echo(f"  bad rows skipped: {done.skipped:,}{where}")
    if done.similar:
        typer.echo(visible(f"  Warning: names that look alike are different models: {alike_text(done.similar, 'en')}."))
        typer.echo("  If they mean one model, run `evenhand models merge NAME INTO`.")
    if done.unused:
        typer.echo(f"  columns not read: {visible(', '.join(done.unused))}")
