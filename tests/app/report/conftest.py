"""One report of a small store, made once: tests read it, or change copies."""

import shutil
from pathlib import Path

import pytest

from app.cli import main
from tests.app.commands.conftest import console
from tests.app.report.rated_store import make_rated_store

__all__ = ["console"]


@pytest.fixture(scope="session")
def made_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the report; nothing else that made it is left."""
    folder = tmp_path_factory.mktemp("report")
    store = make_rated_store(folder)
    code = main(["report", str(folder / "site"), "--database", str(store), "--title", "Team <b>board</b>"])
    assert code == 0
    return folder / "site"


@pytest.fixture
def report_copy(made_report: Path, tmp_path: Path) -> Path:
    """A copy of the report alone, as another machine would have it."""
    return Path(shutil.copytree(made_report, tmp_path / "copy"))
