"""Run the blocks of a page in one folder: commands in this process, against real stores and a real local endpoint."""

import contextlib
import importlib.util
import io
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli import main
from tests.docs.blocks import EXITS_WITH, NEEDS, NOT_RUN, Block, Command, blocks_of, commands_of, matches, plain

POSTGRES = "postgresql://evenhand@localhost/evenhand"
"""The URL that pages show; a database of the tests takes its place."""
DEMO = "evenhand-demo.db"
"""The file of the example, as pages show it."""
TINY = "models/tiny"
"""The folder of a local model, as pages show it."""
EXTRAS = {"local": "torch", "postgres": "psycopg"}
_RESPONSE = re.compile(r"<<<(response\w*|response) (\w+)\n(.*?)\n\2 \1>>>", re.DOTALL)


@dataclass
class PageRun:
    """One page's run; `setenv` sets environment variables until the end of the test.

    Attributes:
        folder: the working directory.
        endpoint: address of the local endpoint.
        postgres: gives the URL of an empty PostgreSQL store, or skips.
        names: namespace of the page's Python blocks.
    """

    folder: Path
    endpoint: str
    setenv: Callable[[str, str], None]
    postgres: Callable[[], str]
    names: dict[str, Any] = field(default_factory=dict)
    printed: str = ""

    def page(self, page: Path, report: Callable[[Command, str], None] | None = None) -> None:
        """Run every block of a page that can be run here."""
        for block in blocks_of(page):
            if NOT_RUN in block.notes or not self._is_installed(block):
                self.printed = ""
            elif block.title and block.language != "diff":
                self._write(block)
            elif block.language in ("console", "bash"):
                for command in commands_of(block):
                    self._command(command, int(block.notes.get(EXITS_WITH, 0)), report)
            elif block.language == "python":
                self._python(block)
            elif block.language == "text" and block.follows and self.printed:
                self._compare(block.place, block.text, self.printed)
                self.printed = ""

    def _is_installed(self, block: Block) -> bool:
        needed = block.notes.get(NEEDS)
        return needed is None or importlib.util.find_spec(EXTRAS[needed]) is not None

    def _write(self, block: Block) -> None:
        path = self.folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _command(self, command: Command, code: int, report: Callable[[Command, str], None] | None) -> None:
        words = shlex.split(command.text, comments=True)
        if POSTGRES in words:
            words = [self.postgres() if word == POSTGRES else word for word in words]
        if words[0] == "export":
            for word in words[1:]:
                name, _, value = word.partition("=")
                self.setenv(name, self.endpoint if name == "OPENAI_BASE_URL" else value)
            return
        assert words[0] == "evenhand", f"{command.place}: expected a command of evenhand, got {words[0]!r}"
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = main(words[1:])
        printed = out.getvalue() + (err.getvalue() if ended else "")
        assert ended == code, f"{command.place}: {command.text} ended with {ended}\n{out.getvalue()}{err.getvalue()}"
        if report is not None:
            report(command, printed)
        elif command.output is not None:
            self._compare(f"{command.place}: {command.text}", command.output, printed)

    def _python(self, block: Block) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(block.text, block.place, "exec"), self.names)
        self.printed = out.getvalue()

    def _compare(self, place: str, shown: str, printed: str) -> None:
        assert matches(shown, printed), (
            f"{place} shows another output than the command prints; if that is meant, write it again with "
            f"`python -m tests.docs.rewriting PAGE`:\n{plain(printed)}"
        )


def reply(message: str) -> str:
    """What the endpoint of the pages replies: as a judge it prefers length, as a contestant it repeats the question."""
    responses = [found[3] for found in _RESPONSE.finditer(message)]
    if len(responses) == 2:
        first, second = map(len, responses)
        return f"Their lengths decide.\n[[{'C' if first == second else 'A' if first > second else 'B'}]]"
    if responses:
        return f"Its length decides.\n[[{min(10, 3 + len(responses[0]) // 20)}]]"
    return f"The answer is A. You asked: {message.splitlines()[-1]}"


def continues(page: Path) -> str | None:
    """The page whose store and files a page continues with, named by its first line; None to begin with nothing."""
    first = page.read_text(encoding="utf-8").partition("\n")[0]
    found = re.fullmatch(r"<!-- continues: (\S+) -->", first)
    return None if found is None else found[1]


def prepare(page: Path, folder: Path, demo: Callable[[], Path]) -> None:
    """Put what a page's commands take for granted into its folder: the example's store, a small model.

    Args:
        page: the page.
        folder: its folder.
        demo: gives a file of the example's store, which is copied to where `evenhand demo` makes it.
    """
    commands = [
        line for block in blocks_of(page) if block.is_runnable for line in block.lines if NOT_RUN not in block.notes
    ]
    text = "\n".join(commands)
    if DEMO in text:
        shutil.copy(demo(), folder / DEMO)
    if TINY in text and importlib.util.find_spec(EXTRAS["local"]) is not None:
        tiny_model(folder)


def tiny_model(folder: Path) -> None:
    """Put a model with random weights where pages have one."""
    from tests.objective.local_models import save

    (folder / TINY).parent.mkdir()
    Path(save(folder / "models", "Llama")).rename(folder / TINY)


def working_directory(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Stay in a folder until the end of the block."""
    return contextlib.chdir(folder)
