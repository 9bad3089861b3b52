"""What holds for every command: quick help, exit codes, one sentence for each failure."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from app.cli import ENTRIES, app
from tests.app.commands.conftest import Console

HEAVY = {
    "alembic",
    "fastapi",
    "gradio",
    "numpy",
    "openai",
    "pandas",
    "plotly",
    "pyarrow",
    "rich",
    "scipy",
    "sqlalchemy",
    "sqlmodel",
    "torch",
    "uvicorn",
}


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with the words that call it."""

    def below(words: str, group: TyperGroup) -> Iterator[tuple[str, TyperCommand]]:
        for name in group.list_commands(None):  # type: ignore[arg-type]
            command = group.get_command(None, name)  # type: ignore[arg-type]
            if isinstance(command, TyperGroup):
                yield from below(f"{words}{name} ", command)
            elif isinstance(command, TyperCommand):
                yield f"{words}{name}", command

    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return below("", root)


COMMANDS = dict(commands())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["rank", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    script = f"import sys; from app.cli import main; code = main({arguments!r}); print(*sys.modules); sys.exit(code)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stdout.splitlines()[-1].split()}
    assert loaded & HEAVY == set()
    assert "evenhand" in ran.stdout


@pytest.mark.parametrize("words", COMMANDS)
def test_help_of_each_command_is_one_sentence_and_one_example(words: str, console: Console) -> None:
    command = COMMANDS[words]
    sentence, example = str(command.help), str(command.epilog)
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert example.startswith(f"Example: evenhand {words}")
    shown = console(f"{words} --help")
    assert shown.code == 0
    assert all(option.help for option in command.params if option.name != "help"), "an option without help"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ENTRIES)
def test_the_overview_says_of_each_command_what_its_own_help_says(name: str, console: Console) -> None:
    own = " ".join(console(f"{name} --help").out.split())
    assert ENTRIES[name].summary in own


def test_no_command_at_all_shows_what_there_is(console: Console) -> None:
    shown = console("")
    assert shown.code == 2
    assert "rank" in shown.out + shown.err


@pytest.mark.parametrize(
    "line",
    ["nonsense", "rank --nonsense", "rank --both-bad maybe", "list", "list nonsense", "rank --method nonsense"],
)
def test_wrong_use_exits_with_2_and_touches_nothing(line: str, console: Console) -> None:
    ran = console(line)
    assert ran.code == 2
    assert ran.out == ""
    assert list(console.folder.iterdir()) == []


def test_a_missing_store_is_one_sentence_and_is_not_made(console: Console) -> None:
    ran = console("list models")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("evenhand: no database at 'evenhand.db'; ")
    assert list(console.folder.iterdir()) == []


def test_the_option_wins_over_the_variable_and_the_variable_over_the_default(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_DATABASE", "from-variable.db")
    assert console("raters add ann").code == 0
    assert console("raters add ann --database from-option.db").code == 0
    assert sorted(path.name for path in console.folder.glob("*.db")) == ["from-option.db", "from-variable.db"]


class Broken:
    """A standard input that fails as it is told to."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        raise self._error


def test_ctrl_c_stops_with_a_sentence_and_leaves_nothing_half_done(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert console("raters add bo").code == 0
    monkeypatch.setattr(sys, "stdin", Broken(KeyboardInterrupt()))
    ran = console("raters add ann --ask")
    assert (ran.code, ran.err) == (
        130,
        "evenhand: Interrupted. Nothing is half stored, and what was stored before stays.\n",
    )
    assert [row["name"] for row in console("raters list --json").json["raters"]] == ["bo"]


def test_a_defect_is_one_sentence_unless_the_traceback_is_asked_for(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Broken(ZeroDivisionError("of course")))
    ran = console("raters add ann --ask")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "ZeroDivisionError: of course" in ran.err
    assert "EVENHAND_DEBUG=1" in ran.err
    monkeypatch.setenv("EVENHAND_DEBUG", "1")
    assert "Traceback" in console("raters add ann --ask").err


def test_control_characters_of_data_do_not_reach_the_terminal(console: Console) -> None:
    assert console("raters add ann").code == 0
    ran = console("raters role", "ann\x1b[31m", "admin")
    assert ran.code == 1
    assert "\x1b" not in ran.err
