"""A console that runs commands in a folder of their own."""

import json
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.demo_file import shared_demo


@dataclass(frozen=True)
class CommandOutcome:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON, after a command that did all that was asked."""
        assert self.code == 0, self.err
        return json.loads(self.out)


class Console:
    """Runs `evenhand` in this process, in an empty working directory."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, line: str, *more: str) -> CommandOutcome:
        """Run one line, without the word `evenhand`, and further arguments as they are."""
        self._capsys.readouterr()
        code = main([*shlex.split(line), *more])
        captured = self._capsys.readouterr()
        return CommandOutcome(code, captured.out, captured.err)

    def write(self, name: str, *rows: object) -> Path:
        """Write a JSONL file into the working directory."""
        path = self.folder / name
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    def beside(self, folder: Path) -> "Console":
        """This console with copies of the files of a folder in its own."""
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        return self


def fill(folder: Path, rows: Mapping[str, Sequence[Mapping[str, object]]], *lines: str) -> None:
    """Import rows of each kind into a store in a folder, and run further lines on it."""
    for kind, of_kind in rows.items():
        file = folder / f"{kind}.jsonl"
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in of_kind), encoding="utf-8")
        _run(folder, ["import", kind, str(file)])
    for line in lines:
        _run(folder, shlex.split(line))


def _run(folder: Path, words: list[str]) -> None:
    assert main([*words, "--database", str(folder / "evenhand.db")]) == 0, words


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Console:
    """A console in an empty folder, without any variable of ours."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("EVENHAND_DATABASE", "EVENHAND_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Console(folder, capsys)


@pytest.fixture(scope="session")
def example_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's store, made once and never changed: tests get copies."""
    return shared_demo(tmp_path_factory)


@pytest.fixture
def example(console: Console, example_store: Path) -> Console:
    """A console beside the example's store."""
    shutil.copy(example_store, console.folder / "evenhand.db")
    return console
