"""The page `docs/commands.md`, made from the help texts of the command line.

`python -m tests.docs.command_reference` writes it again; a test holds the page equal to the help.
"""

from collections.abc import Iterator
from pathlib import Path

from typer.testing import CliRunner

from app.cli import ENTRIES, app

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
WIDTH = "100"
_HEAD = """# Command reference

This page is generated from `--help`; every command also prints it. The names of stores, endpoints and keys come from
options or from environment variables:

| variable | means | default |
|---|---|---|
| `EVENHAND_DATABASE` | the store: a SQLite file or a PostgreSQL URL | `evenhand.db` |
| `OPENAI_BASE_URL` | the OpenAI-compatible endpoint that is asked | `https://api.openai.com/v1` |
| `OPENAI_API_KEY` | the key for that endpoint | none; an endpoint on this machine needs none |
| `EVENHAND_DEBUG` | anything but `0`: print the traceback of an unexpected failure | off |

Exit codes: 0 everything succeeded, 1 something failed or was left out, 2 wrong usage, 130 interrupted by Ctrl-C.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, _section(2, ())]
    for name in ENTRIES:
        parts.append(_section(2, (name,)))
        parts += [_section(3, (name, sub)) for sub in _subcommands(name)]
    return "\n".join(parts)


def _section(level: int, words: tuple[str, ...]) -> str:
    title = " ".join(("evenhand", *words))
    return f"{'#' * level} `{title}`\n\n```text\n{_help(words)}\n```\n"


def _help(words: tuple[str, ...]) -> str:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="evenhand", env={"COLUMNS": WIDTH, "NO_COLOR": "1"})
    assert shown.exit_code == 0, shown.output
    return "\n".join(line.rstrip() for line in shown.stdout.strip().splitlines())


def _subcommands(name: str) -> Iterator[str]:
    """Names of the commands of a group, in the order of its help; none for a command without any."""
    lines = iter(_help((name,)).splitlines())
    for line in lines:
        if line == "Commands:":
            break
    for line in lines:
        if line.startswith("  ") and not line.startswith("   "):
            yield line.split()[0]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
