"""The console script `evenhand`: what it offers, and how every failure leaves it.

Kept thin, because it is imported for `--help`: commands import what they need when they run.
"""

import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from app.commands import (
    agreement,
    bias,
    campaign,
    evaluate,
    exchange,
    judge,
    judge_tools,
    listing,
    prompt,
    rank,
    raters,
    respond,
    score,
    serve,
)
from app.commands.tables import visible
from app.settings import read_settings
from storage.errors import BadRows, EvenhandError

INTERRUPTED = 130
ROWS_IN_VIEW = 15
"""After more bad rows than this the summary has left the screen, and is said once more."""

app = typer.Typer(
    name="evenhand",
    help="Rank language models by what people and judges prefer.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


app.command("demo", epilog="Example: evenhand demo --port 7861 --no-browser")(serve.demo)
app.command("serve", epilog="Example: evenhand serve --port 7862 --database team.db")(serve.serve)
app.command("import", epilog="Example: evenhand import preferences votes.jsonl --rater-kind human")(exchange.import_)
app.command("export", epilog="Example: evenhand export preferences votes.csv --force")(exchange.export)
app.command("rank", epilog="Example: evenhand rank --category code --json")(rank.rank)
app.add_typer(raters.commands, name="raters")
app.add_typer(campaign.commands, name="campaign")
app.command("respond", epilog="Example: evenhand respond --model qwen3 --base-url http://127.0.0.1:8000/v1 --dry-run")(
    respond.respond
)
app.add_typer(judge.commands, name="judge")
_judge = judge.commands.command
_judge("jury", epilog="Example: evenhand judge jury --member 'gpt pair-3 1a2b3c' --member 'qwen pair-3 4d5e6f'")(
    judge_tools.jury
)
_judge("reparse", epilog="Example: evenhand judge reparse 'gpt pair-3 1a2b3c' --dry-run")(judge_tools.reparse)
_judge("canaries", epilog="Example: evenhand judge canaries --model gpt-4.1 --prompt pair-5")(judge_tools.canaries)
_judge("import-prompts", epilog="Example: evenhand judge import-prompts judge_prompts.jsonl prompts")(
    judge_tools.import_prompts
)
app.command("agreement", epilog="Example: evenhand agreement --json")(agreement.agreement)
app.command("bias", epilog="Example: evenhand bias --json")(bias.bias)
app.command("evaluate", epilog="Example: evenhand evaluate --hf-path models/tiny --tasks evenhand-mini")(
    evaluate.evaluate
)
app.command("score", epilog="Example: evenhand score requests.jsonl scores.jsonl --model models/tiny")(score.score)
app.command("prompt", epilog="Example: evenhand prompt pair-3")(prompt.prompt)
app.command("list", epilog="Example: evenhand list methods")(listing.list_)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"evenhand {version('evenhand')}")
        except PackageNotFoundError:
            typer.echo("evenhand, from a folder in which it was not installed")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 all done, 1 not all done, 2 wrong use, 130 stopped by Ctrl-C.

    Args:
        arguments: without the program's name; those of the process by default.
    """
    # Ratings are small solves; on more threads they wait for each other many times longer than they work.
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
    except Exception as error:  # noqa: BLE001  the last place where a person can be spared a traceback
        _report_unexpected(error)
        code = 1
    if code == INTERRUPTED:
        typer.echo("evenhand: stopped; nothing of it was stored by halves; run it again", err=True)
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
        sentence = f"the operating system refused ({what}); put that right and try again"
    else:
        sentence = (
            f"a defect in Evenhand ({what}); please report it to its issue tracker with the command that you ran "
            "and what it shows with EVENHAND_DEBUG=1"
        )
    typer.echo(f"evenhand: {sentence}", err=True)
