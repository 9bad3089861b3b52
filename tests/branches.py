"""Measure which lines and branches the tests reach, print the result, and judge it where no test is skipped.

    python -m pytest -p tests.branches …                   # measure and print
    python -m pytest -p tests.branches --branches-judge …  # and fail below the limit

Nothing is judged after a run of some tests only, by `-k` or by paths, or where a test was skipped for want of a tool.
SlipCover's probes are calls in the code; a tracer makes the tests take almost twice as long.
The plugin is named with `-p` because it must be loaded before the modules that it measures.
"""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from typing import Any

import pytest
import slipcover
from slipcover.slipcover import format_missing

from tests.probed_code import ProbedCode

ROOT = Path(__file__).parents[1]
PACKAGES = [str(ROOT / name) for name in ("app", "arena", "judging", "objective", "storage")]
UNMEASURED = [str(ROOT / "arena" / "rating" / "kernels.py")]
"""Numba compiles its functions, and cannot read code with probes."""
REASONS = Path(__file__).with_name("uncovered.toml")
LEAST_PERCENT = 90
LASTING_HITS = 1_000_000
"""Hits of a probe after which all that were reached are removed, which goes through all loaded code (0.4 s)."""

Coverage = dict[str, Any]


def reasons() -> dict[str, str]:
    """From each file that the tests may reach less of to the reason."""
    return dict(tomllib.loads(REASONS.read_text(encoding="utf-8")))


def faults(percents: dict[str, float], excused: dict[str, str]) -> list[str]:
    """What is wrong with the files, one sentence each.

    Args:
        percents: how much of each measured file was reached.
        excused: the files that have a reason.
    """
    low = [
        f"{file}: expected {LEAST_PERCENT} % of its lines and branches to be reached, got {percent:.0f} %; "
        f"test the rest, or give the reason in tests/{REASONS.name}"
        for file, percent in percents.items()
        if percent < LEAST_PERCENT and file not in excused
    ]
    gone = [
        f"tests/{REASONS.name}: {file} is not measured; remove its line" for file in excused if file not in percents
    ]
    return low + gone


def table(coverage: Coverage, excused: dict[str, str]) -> list[str]:
    """The files below the limit with what is missing and why, and the total."""
    lines = []
    for file, percent in percents_of(coverage).items():
        if percent < LEAST_PERCENT:
            entry = coverage["files"][file]
            branches = [tuple(branch) for branch in entry["missing_branches"]]
            missing = format_missing(entry["missing_lines"], entry["executed_lines"], branches)
            reason = excused.get(file, "no reason given")
            lines.append(f"{percent:4.0f} % {file}: {reason}; missing {shorten(missing, 100, placeholder=' …')}")
    summary = coverage["summary"]
    total = summary["covered_branches"] + summary["missing_branches"]
    files = len(coverage["files"])
    lines.append(
        f"{summary['percent_covered']:.1f} % of lines and branches, {summary['covered_branches']:,} of {total:,} "
        f"branches; {files - len(lines)} of {files} files at {LEAST_PERCENT} % or more"
    )
    return lines


def percents_of(coverage: Coverage) -> dict[str, float]:
    """How much of each file was reached, the least first."""
    found = {file: entry["summary"]["percent_covered"] for file, entry in coverage["files"].items()}
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


class Measurement:
    """What one process reached, and in the controlling one what all did.

    Attributes:
        all: coverage of this and earlier processes; None until one is added.
        lacking: reasons why tests that could reach more did not run.
    """

    def __init__(self) -> None:
        """Measure every module that is imported from now on."""
        matcher = slipcover.FileMatcher(sources=PACKAGES, omit=UNMEASURED)
        self._probes = slipcover.Slipcover(branch=True, d_miss_threshold=LASTING_HITS)
        slipcover.wrap_spec_from_file_location(self._probes, matcher)
        slipcover.ImportManager(self._probes, matcher).__enter__()
        self._code = ProbedCode(self._probes, ROOT)
        self._code.load()
        self.all: Coverage | None = None
        self.lacking: set[str] = set()

    def make_code(self) -> None:
        """Set the probes of all files before several processes load them, each by itself."""
        self._code.make(list(_files()))

    def add(self, stored: str) -> None:
        """Add what was reached elsewhere, from the text of `own` or `whole`."""
        found = json.loads(stored)
        self.lacking.update(found["lacking"])
        if self.all is None:
            self.all = found["coverage"]
        else:
            slipcover.merge_coverage(self.all, found["coverage"])

    def own(self) -> str:
        """What this process reached, as JSON."""
        os.chdir(ROOT)  # file names are shortened to those below the working directory
        return json.dumps({"coverage": self._probes.get_coverage(), "lacking": sorted(self.lacking)})

    def add_files_without_a_test(self) -> None:
        """Add the files that no process loaded, each with nothing reached."""
        assert self.all is not None
        rest = slipcover.Slipcover(branch=True)
        for file in _files():
            if str(file.relative_to(ROOT)) not in self.all["files"]:
                rest.code_lines[str(file)], rest.code_branches[str(file)] = self._code.parts(file)
        slipcover.merge_coverage(self.all, rest.get_coverage())

    def faults(self) -> list[str]:
        """What is wrong with the files; nothing where tests are lacking."""
        return [] if self.lacking or self.all is None else faults(percents_of(self.all), reasons())


def _files() -> Iterator[Path]:
    """All files that are measured."""
    for package in PACKAGES:
        yield from (file for file in Path(package).rglob("*.py") if str(file) not in UNMEASURED)


MEASUREMENT = Measurement()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the plugin."""
    group = parser.getgroup("branches")
    group.addoption("--branches-judge", action="store_true", help="fail where a file has too little and no reason")


def pytest_configure(config: pytest.Config) -> None:
    """Note in the controlling process, which knows what was asked for, that only some tests run."""
    if hasattr(config, "workerinput"):
        return
    if config.getoption("numprocesses", None):
        MEASUREMENT.make_code()
    if config.option.keyword or config.option.markexpr or config.args_source is pytest.Config.ArgsSource.ARGS:
        MEASUREMENT.lacking.add("only some of the tests were asked for")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note that a file of tests was skipped."""
    _note_skip(report)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note that a test was skipped."""
    _note_skip(report)


def _note_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        MEASUREMENT.lacking.add(f"a test was skipped ({reason})")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker of pytest-xdist reached."""
    if "branches" in getattr(node, "workeroutput", {}):
        MEASUREMENT.add(node.workeroutput["branches"])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was reached; in the controlling process, judge it."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["branches"] = MEASUREMENT.own()
        return
    MEASUREMENT.add(MEASUREMENT.own())
    MEASUREMENT.add_files_without_a_test()
    if session.config.option.branches_judge and MEASUREMENT.faults():
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the files below the limit and the total, and what is wrong."""
    if MEASUREMENT.all is None:
        return
    terminalreporter.section("branches")
    for line in table(MEASUREMENT.all, reasons()):
        terminalreporter.line(line)
    if config.option.branches_judge:
        if MEASUREMENT.lacking:
            terminalreporter.line(f"not judged: {'; '.join(sorted(MEASUREMENT.lacking))}")
        for line in MEASUREMENT.faults():
            terminalreporter.line(f"FAILED {line}", red=True)
