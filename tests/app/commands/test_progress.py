"""Progress goes to standard error: a bar on a terminal, some lines elsewhere."""

import io
import sys

import pytest

from app.commands.progress import progress, terminal_progress

TOTAL = 1000


def work() -> None:
    """A hundred small steps of one second each."""
    passed = 0.0
    with progress("Reading", clock=lambda: passed) as update:
        for step in range(1, 101):
            passed += 1.0
            update(step * 10, TOTAL, f"{step} rows")


class Terminal(io.StringIO):
    """A terminal that keeps its output."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_a_line_with_the_time_left_for_each_tenth_but_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    work()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        f"Reading: {done} %, {done} rows, {left // 60}:{left % 60:02} left"
        for done in range(10, 100, 10)
        for left in [100 - done]
    ]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    work()
    assert "Reading" in screen.getvalue()
    assert "100 rows" in screen.getvalue()
    assert capsys.readouterr().out == ""


def test_work_of_a_minute_shows_a_bar_on_a_terminal_and_nothing_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal_progress("Computing") as listener:
        assert listener is None
    assert capsys.readouterr() == ("", "")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with terminal_progress("Computing") as listener:
        assert listener is not None
        listener(1, 4)
    assert "Computing" in screen.getvalue() and "25%" in screen.getvalue()
