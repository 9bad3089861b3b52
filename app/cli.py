"""The console script `evenhand`: its commands, and the messages and exit codes of failures.

It stays small because `--help` imports it: the module of a command is imported when that command is named, and
commands import what they need when they run.
"""

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from app.commands.tables import visible
from app.settings import read_settings
from storage.errors import BadRows, EvenhandError

INTERRUPTED = 130
ROWS_IN_VIEW = 15
"""With more bad rows than this, the summary has scrolled away and is printed again."""


class Entry(NamedTuple):
    """A command, or a group of them.

    Attributes:
        place: module below `app.commands`, a colon, and the name of the command in it.
        summary: first words of its help, which a test compares.
        example: arguments of a working example, empty for a group.
    """

    place: str
    summary: str
    example: str = ""


ENTRIES = {
    "demo": Entry(
        "serve:demo", "Serve an example in a database that is created at every start", "--port 7861 --no-browser"
    ),
    "serve": Entry("serve:serve", "Serve the web pages on a store", "--port 7862 --database team.db"),
    "import": Entry(
        "exchange:import_", "Import the rows of files into the store", "preferences votes.jsonl --rater-kind human"
    ),
    "export": Entry("exchange:export", "Export rows of the store to a file", "preferences votes.csv --force"),
    "respond": Entry("respond:respond", "Collect a model's missing responses", "--model qwen3 --dry-run"),
    "judge": Entry("judge.command:commands", "Have language models judge responses"),
    "rank": Entry("rank.command:rank", "Fit a leaderboard", "--category code --json"),
    "compare": Entry(
        "compare:compare",
        "Tell whether a new model is better than an old one, and whether you may stop asking",
        "Kestrel-32B Siskin-1B --fail-if worse",
    ),
    "ask": Entry(
        "ask:ask",
        "Show which pairs to ask about next, and how many more votes each needs",
        "--votes 200 --out next.jsonl",
    ),
    "agreement": Entry(
        "agreement:agreement",
        "Show the agreement of people with each other, of people with judges, and of judges with each other",
        "--json",
    ),
    "bias": Entry("bias:bias", "Show how side, length, formatting and the judge's own family bias results", "--json"),
    "report": Entry("report:report", "Write a static site with all results in both languages", "results"),
    "evaluate": Entry(
        "evaluate.command:evaluate",
        "Evaluate models on tasks with fixed answers",
        "--hf-path models/tiny --tasks evenhand-mini",
    ),
    "grade": Entry(
        "grade:grade",
        "Compare the marks of the rules and of a grader with marks by hand",
        "marked.jsonl --grader endpoint:judge",
    ),
    "probe": Entry("probe:probe", "Probe a model for contamination", "--model models/tiny --tasks evenhand-mini"),
    "score": Entry("score:score", "Score continuations with a local model", "requests.jsonl scores.jsonl --model tiny"),
    "prompt": Entry("prompt:prompt", "Show what a judge is sent", "pair-3"),
    "list": Entry("listing:list_", "List what options can name", "methods"),
    "campaign": Entry("campaign.command:commands", "Create, open and close campaigns, and admit raters"),
    "models": Entry("models:commands", "Rename and merge models, and take it back"),
    "store": Entry("store:commands", "Check a store, back it up, restore a backup, erase a picture"),
    "raters": Entry("raters:commands", "Invite people, and manage their accounts"),
}


class LazyCommands(TyperGroup):
    """The commands by name; the module of each is imported when the command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  Typer's own context has no public name
        """All names, in the order of a team's work."""
        return list(ENTRIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """One command, None for an unknown name."""
        entry = ENTRIES.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.place.partition(":")
        found = getattr(importlib.import_module(f"app.commands.{module}"), attribute)
        return _built(found, cmd_name, f"Example: evenhand {cmd_name} {entry.example}")

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Name and summary of each command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, f"{entry.summary}.") for name, entry in ENTRIES.items()])


@cache
def _built(found: Any, name: str, example: str) -> Any:  # noqa: ANN401  Typer's own command has no public name
    """Typer's command for a function or an application; making it and its options takes as long as a small command."""
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=getattr(found, "command_class", None), epilog=example)(found)
    return typer.main.get_command(alone)


app = typer.Typer(
    name="evenhand",
    cls=LazyCommands,
    help="Rank language models by what people and judges prefer.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"evenhand {version('evenhand')}")
        except PackageNotFoundError:
            typer.echo("evenhand (not installed, version unknown)")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed or incomplete, 2 wrong usage, 130 interrupted.

    Args:
        arguments: arguments without the program's name; by default those of the process.
    """
    # Ratings solve small systems, for which starting threads takes longer than the work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(arguments, prog_name="evenhand")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except EvenhandError as error:
        _report(error)
        code = 1
    except Exception as error:  # noqa: BLE001  the last place to turn a traceback into one sentence
        _report_unexpected(error)
        code = 1
    if code == INTERRUPTED:
        typer.echo("evenhand: Interrupted. Nothing is half stored, and what was stored before stays.", err=True)
    return code


def _report(error: EvenhandError) -> None:
    typer.echo(f"evenhand: {visible(str(error))}", err=True)
    if isinstance(error, BadRows):
        for row in error.rows:
            typer.echo(f"  {visible(row)}", err=True)
        if error.truncated:
            typer.echo(f"  … and {error.truncated} more", err=True)
        if len(error.rows) > ROWS_IN_VIEW:
            typer.echo(f"evenhand: {visible(str(error))}", err=True)


def _report_unexpected(error: Exception) -> None:
    if read_settings().debug:
        traceback.print_exception(error)
    what = visible(f"{type(error).__name__}: {error}".split("\n", 1)[0])
    if isinstance(error, OSError):
        sentence = f"the operating system reported an error ({what}); fix its cause and try again"
    else:
        sentence = (
            f"a defect in Evenhand ({what}); please report it in the issue tracker, with the command and its output "
            "under EVENHAND_DEBUG=1"
        )
    typer.echo(f"evenhand: {sentence}", err=True)
