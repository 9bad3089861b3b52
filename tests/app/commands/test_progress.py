"""Progress goes to standard error: a bar where somebody looks, some lines elsewhere."""

import io
import sys

import pytest

from app.commands.progress import progress

TOTAL = 1000


def work() -> None:
    """A hundred small steps."""
    with progress("Reading") as report:
        for step in range(1, 101):
            report(step, step * 10, TOTAL)


class Terminal(io.StringIO):
    """A screen that remembers."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_a_line_for_each_tenth_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    work()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [f"Reading: {10 * tenth} %, {10 * tenth} rows" for tenth in range(1, 10)]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    work()
    assert "Reading" in screen.getvalue()
    assert "100 rows" in screen.getvalue()
    assert capsys.readouterr().out == ""
