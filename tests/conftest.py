"""Fixtures that every folder of tests shares: databases, a browser, the public data.

A test that needs PostgreSQL or Chromium is skipped where there is none, unless `EVENHAND_REQUIRE` names it
(`EVENHAND_REQUIRE=postgres,chromium`, as in CI): then the missing thing is a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DATA = Path(__file__).parents[2] / "shared" / "data"


def missing(name: str, reason: str) -> None:
    """Skip the test, or fail it where the thing must be there."""
    if name in os.environ.get("EVENHAND_REQUIRE", "").split(","):
        pytest.fail(f"{name} is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """One PostgreSQL server for the whole run."""
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError:
        missing("postgres", "the extra `postgres` is not installed")
    if not os.environ.get("EVENHAND_TEST_POSTGRES") and postgres.binaries() is None:
        missing("postgres", "no PostgreSQL server on this machine")
    with postgres.server() as running:
        yield running


@pytest.fixture
def postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'evenhand.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; they are not part of the project."""
    if not DATA.is_dir():
        missing("data", f"no public data at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for the whole run; each test makes its own context."""
    executable = os.environ.get("EVENHAND_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        missing("chromium", "no Chromium on this machine")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("chromium", "playwright is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()
