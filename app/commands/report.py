"""`evenhand report`: a static site with all results and their data, and its verification."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.progress import terminal_progress
from app.commands.tables import counted, print_json, visible
from app.wiring import clock, mint, shuffle

if TYPE_CHECKING:
    from app.report.inputs import ReportEnvironment, ReportRows
    from app.report.making import ReportMade
    from app.report.parts.part import ReportSettings

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "pillow")
"""Libraries whose versions a report names."""
MOST_SHOWN = 50
"""Largest number of differences that are printed; `--json` has all."""


@dataclass(frozen=True)
class ReportInputOptions:
    """Rows that a report is made from.

    Attributes:
        votes: files of votes by people; with any file, no store is read.
        judgments: files of judgments by judges.
        campaign: only votes and scores of this campaign.
        texts: whether the texts of public questions and their responses are published.
    """

    votes: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="File of votes by people to report on, instead of a store; repeat for several.",
            show_default="none",
        ),
    ] = None
    judgments: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="File of judgments by judges, instead of a store; where it names no judge, its own name is taken.",
            show_default="none",
        ),
    ] = None
    campaign: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only votes and scores given in this campaign.", show_default="all"),
    ] = None
    texts: Annotated[
        bool,
        typer.Option("--texts/--no-texts", help="Publish the texts of public questions and of their responses."),
    ] = True


@dataclass(frozen=True)
class ReportChoices:
    """Form and settings of a report.

    Attributes:
        title: heading of the pages.
        method: rating method.
        level: confidence level, 0 to 1.
        seed: seed of draws for rank ranges.
        assume_random: whether to fuse people and judges, with votes taken as a random part of what was judged.
        force: whether to replace a report.
    """

    title: Annotated[str, typer.Option(metavar="TEXT", help="Heading of the pages.", show_default="a usual one")] = ""
    method: Annotated[str, typer.Option(metavar="NAME", help="Rating method, see `evenhand list methods`.")] = (
        "bradley-terry"
    )
    level: Annotated[float, typer.Option(metavar="SHARE", help="Confidence level of the intervals, 0 to 1.")] = 0.95
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of draws for rank ranges.")] = 0
    assume_random: Annotated[
        bool,
        typer.Option(
            "--assume-random",
            help="Add the leaderboard of people and judges together, with votes taken as a random part of the judged "
            "pairs; said on the page.",
        ),
    ] = False
    force: Annotated[bool, typer.Option("--force", help="Replace a report that is already in the folder.")] = False

    @property
    def settings(self) -> "ReportSettings":
        """The settings of the statistics.

        Raises:
            BadInput: an unknown method, or a level that is not between 0 and 1.
        """
        from app.report.parts.part import ReportSettings
        from arena.leaderboard.ranking import method_named

        method_named(self.method)
        found = ReportSettings(self.method, self.level, self.seed, self.assume_random)
        _ = found.rating  # refuses a level out of range before any work
        return found


@grouped
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make, or to verify.")],
    inputs: ReportInputOptions,
    choices: ReportChoices,
    table: TableOptions,
    store: StoreOptions,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Check every file of a report and compute every number again; needs only the folder."
        ),
    ] = False,
) -> None:
    """Write a static site with all results in both languages and their data, or verify one."""
    if verify:
        _verify(folder, as_json=table.json)
        return
    from app.report.making import make_report

    settings = choices.settings
    environment = _environment()
    rows = _rows(inputs, store, environment)
    with terminal_progress("Computing the report") as listener:
        told = replace(environment, listener=listener)
        made = make_report(folder, rows, settings, told, title=choices.title, force=choices.force)
    _print_made(folder, rows, made, as_json=table.json)


def _rows(inputs: ReportInputOptions, store: StoreOptions, environment: "ReportEnvironment") -> "ReportRows":
    from app.report.inputs import RatedFile, rows_of_files, rows_of_store
    from storage.campaigns.campaigns import campaign_named
    from storage.ledger.battle_reading import Selection
    from storage.values import RaterKind

    given = ((RaterKind.human, inputs.votes), (RaterKind.judge, inputs.judgments))
    files = [RatedFile(path, kind) for kind, paths in given for path in paths or ()]
    if files:
        if inputs.campaign is not None or store.database is not None:
            raise typer.BadParameter("expected a store or files of votes, got both; leave one out")
        return rows_of_files(files, environment, texts=inputs.texts)
    with store.opened() as database:
        campaign = None
        if inputs.campaign is not None:
            with database.reading() as session:
                campaign = campaign_named(session, inputs.campaign).id
        return rows_of_store(database, Selection(campaign=campaign), environment, texts=inputs.texts)


def _environment() -> "ReportEnvironment":
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from app.report.inputs import ReportEnvironment

    def known(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "unknown"

    versions = {"evenhand": known("evenhand"), "python": platform.python_version()}
    return ReportEnvironment(clock(), shuffle, mint(), versions | {name: known(name) for name in LIBRARIES})


def _print_made(folder: Path, rows: "ReportRows", made: "ReportMade", *, as_json: bool) -> None:
    from app.report.pages.layout import PAGES

    counts = made.document.facts["rows"]
    private = rows.publication.private_questions
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "files": made.files,
                "rows": counts,
                "private_questions": private,
                "ledger_head": rows.ledger_head,
                "digest": made.digest,
            }
        )
        return
    typer.echo(
        f"Wrote {counted(made.files, 'file')} to {visible(str(folder))}. Open {visible(str(folder))}/{PAGES['en']}."
    )
    published = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
    typer.echo(f"  published rows: {published}")
    if private:
        typer.echo(f"  private questions: {private:,}, published without their text and responses")
    typer.echo(f"  digest of the report: {made.digest}")
    typer.echo(f"Verify a copy anywhere with: evenhand report --verify {visible(str(folder))}")


def _verify(folder: Path, *, as_json: bool) -> None:
    from dataclasses import asdict

    from app.report.verifying import verify_report

    with terminal_progress("Computing every number again") as listener:
        check = verify_report(folder, now=clock(), listener=listener)
    if as_json:
        print_json({"ok": not check.differences, **asdict(check)})
    else:
        for one in check.differences[:MOST_SHOWN]:
            typer.echo(visible(str(one)), err=True)
        if len(check.differences) > MOST_SHOWN:
            typer.echo(f"… and {len(check.differences) - MOST_SHOWN:,} more; --json lists all.", err=True)
        if not check.differences:
            typer.echo(
                f"{visible(str(folder))} is as it was made: {counted(check.files, 'file')}, "
                f"{counted(check.numbers, 'number')} computed again."
            )
        typer.echo(f"  digest of the report: {check.digest}")
    if check.differences:
        raise typer.Exit(1)
