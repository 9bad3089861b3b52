"""Every command and code block of the README and of `docs/` runs and prints what the page shows."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from objective.catalog import FAMILIES
from tests.demo_file import shared_demo
from tests.docs.blocks import NOT_RUN, blocks_of
from tests.docs.command_reference import PAGE, page
from tests.docs.running import POSTGRES, PageRun, continues, prepare, reply
from tests.docs.task_table import PAGE as TASKS
from tests.docs.task_table import row
from tests.judging.chat_server import chat_server

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
RUNNABLE = [path for path in PAGES if any(block.is_runnable for block in blocks_of(path))]
MARKED = {
    "installs packages": 3,
    "needs a model that reads 32,000 tokens": 1,
    "needs the published files and a large model": 3,
    "the heads of two stores differ": 1,
    "runs the test suite": 1,
    "serves until it is stopped": 6,
}
"""How many blocks are not run, by reason; a new one is counted here, so that none slips through."""
LONGEST_LINE = 120


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with chat_server() as server:
        server.script = reply
        yield server.url


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory, endpoint: str) -> Callable[[str], Path]:
    """The folder in which a page ended, for pages that continue it."""
    folders: dict[str, Path] = {}

    def run(name: str) -> Path:
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folders[name])
                patch.delenv("EVENHAND_DATABASE", raising=False)
                PageRun(folders[name], endpoint, patch.setenv, _no_postgres).page(ROOT / "docs" / name)
        return folders[name]

    return run


def _no_postgres() -> str:
    raise AssertionError("expected a page that others continue to use SQLite only")


@pytest.mark.timeout(240)  # the first page that loads a model also loads torch
@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.name)
def test_a_page_runs_as_it_is_written(
    path: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    endpoint: str,
    ended: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    before = continues(path)
    if before is not None:
        shutil.copytree(ended(before), tmp_path, dirs_exist_ok=True)
    prepare(path, tmp_path, lambda: shared_demo(tmp_path_factory))
    if POSTGRES in path.read_text(encoding="utf-8"):
        request.applymarker(pytest.mark.postgres)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVENHAND_DATABASE", raising=False)
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint)
    run = PageRun(tmp_path, endpoint, monkeypatch.setenv, lambda: str(request.getfixturevalue("postgres_url")))
    run.page(path)


def test_blocks_that_are_not_run_are_counted() -> None:
    marked = Counter(block.notes[NOT_RUN] for path in PAGES for block in blocks_of(path) if NOT_RUN in block.notes)
    assert dict(marked) == MARKED


def test_the_command_reference_is_the_help() -> None:
    told = "the help texts have changed; run python -m tests.docs.command_reference"
    assert PAGE.read_text(encoding="utf-8") == page(), told


def test_the_table_of_tasks_is_the_catalogue() -> None:
    told = "the catalogue has changed; run python -m tests.docs.task_table"
    shown = [line for line in TASKS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert shown == [row(family) for family in FAMILIES], told


def test_lines_of_text_fit_a_screen() -> None:
    long = [
        f"{path.name}:{number}"
        for path in (*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")))
        for number, line in _prose(path)
        if len(line) > LONGEST_LINE
    ]
    assert long == []


def _prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines outside of code blocks, tables and images."""
    in_block = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            in_block = not in_block
        elif not in_block and not line.startswith(("|", "![")):
            yield number, line
