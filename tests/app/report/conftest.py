"""One report of a small store, made once: tests read it, or change copies."""

import shutil
from pathlib import Path

import pytest

from app.cli import main
from tests.app.commands.conftest import console
from tests.app.report.rated_store import make_rated_store
from tests.shared_files import made_once

__all__ = ["console"]


@pytest.fixture(scope="session")
def made_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the report, for all processes of the run; nothing else that made it is left."""

    def make(folder: Path) -> None:
        store = make_rated_store(tmp_path_factory.mktemp("report"))
        assert main(["report", str(folder), "--database", str(store), "--title", "Team <b>board</b>"]) == 0

    return made_once(tmp_path_factory, "report", make)


@pytest.fixture
def report_copy(made_report: Path, tmp_path: Path) -> Path:
    """A copy of the report alone, as another machine would have it."""
    return Path(shutil.copytree(made_report, tmp_path / "copy"))
