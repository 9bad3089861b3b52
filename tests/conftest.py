"""Fixtures that every folder of tests shares: databases, a browser, the public data, a real language model.

A test that needs PostgreSQL, Chromium, the public data or the model is skipped where there is none, unless
`EVENHAND_REQUIRE` names it (`EVENHAND_REQUIRE=postgres,chromium`, as in CI): then a skip of a test with that marker,
for whatever reason, is a failure. The markers `postgres`, `chromium`, `data` and `model` follow from the fixtures a
test asks for.
"""

import gc
import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from app.web.accounts import passwords
from app.web.gradio_start import no_stubs
from tests import postgres, statements, stores
from tests.memory_folder import memory_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browsing import Traffic

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory_folder()))  # where pytest makes the folders of `tmp_path`

# The clock decides nothing: a busy machine fails no test, and every run tries the same examples.
settings.register_profile("evenhand", deadline=None, derandomize=True)
settings.load_profile("evenhand")

DATA = Path(__file__).parents[2] / "shared" / "data"
NEEDS = {
    "postgres_server": "postgres",
    "browser": "chromium",
    "shared_cases": "data",
    "shared_data": "data",
    "real_model": "model",
}
"""From a fixture to the marker of the tests that use it."""

MODEL_SECONDS = 300
"""After this a test of the real model hangs; the first one of a process loads half a gigabyte."""

BROWSER_SECONDS = 180
"""After this a browser test hangs; the first one of a process also loads Gradio and starts Chromium."""

PATIENCE_MS = 60_000
"""How long a page of `context` may take to become what a test waits for; a busy machine takes its time."""


def required() -> set[str]:
    """The markers whose tests must not be skipped here."""
    return {name.strip() for name in os.environ.get("EVENHAND_REQUIRE", "").split(",")} - {""}


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a required marker that no test can have."""
    unknown = required() - set(NEEDS.values())
    if unknown:
        raise pytest.UsageError(
            f"expected EVENHAND_REQUIRE to name any of {sorted(NEEDS.values())}, got {sorted(unknown)}"
        )
    quick = ExitStack()
    if config.option.numprocesses:  # the controlling process of workers loads no test
        quick.enter_context(postgres.server_for_workers())
    else:
        gc.disable()  # until all is loaded: most of it stays
    quick.enter_context(no_stubs())  # whichever test imports Gradio first
    config.add_cleanup(quick.close)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they use, and run those with a browser last.

    Playwright's synchronous API keeps an event loop in the main thread, in which `asyncio.run` fails from then on.
    """
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEEDS:
                item.add_marker(NEEDS[fixture])
        if item.get_closest_marker("chromium") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(BROWSER_SECONDS))
        if item.get_closest_marker("model") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(MODEL_SECONDS))
    _keep_browsers_apart(items)
    items.sort(key=_place_of(Counter(item.path for item in items)))


def _keep_browsers_apart(items: Sequence[pytest.Item]) -> None:
    """Refuse files of both kinds: pytest-xdist hands out whole files, and no other test may follow a browser."""
    browsing = {item.path for item in items if item.get_closest_marker("chromium")}
    both = {item.path for item in items if not item.get_closest_marker("chromium")} & browsing
    if both:
        raise pytest.UsageError(
            "expected files with a browser test to have no other, or to mark them all as chromium, "
            f"got both in {sorted(map(str, both))}"
        )


def _place_of(tests: Counter[Path]) -> Callable[[pytest.Item], tuple[bool, int]]:
    """The order of tests: those without a browser, then files with one, the longest first."""

    def place(item: pytest.Item) -> tuple[bool, int]:
        is_browsing = item.get_closest_marker("chromium") is not None
        return is_browsing, -tests[item.path] if is_browsing else 0

    return place


def pytest_collection_finish() -> None:
    """Leave what was loaded to the end of the run, so that no search for garbage goes through it."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a required test into a failure."""
    report = yield
    lacking = sorted(name for name in required() if item.get_closest_marker(name))
    if report.skipped and not hasattr(report, "wasxfail") and lacking:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"EVENHAND_REQUIRE wants {', '.join(lacking)}, but this test was skipped: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def quick_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """New stores get the tables that the migrations made in the first of the run."""
    with statements.compiled_once(), stores.migrated_once(tmp_path_factory):
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[tuple[int, int]]:
    """Real hashes at the least cost that Argon2 knows; the usual cost, which takes most of the time of a new site."""
    usual = passwords.TIME_COST, passwords.MEMORY_KIB
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "TIME_COST", 1)
        patch.setattr(passwords, "MEMORY_KIB", 8)
        yield usual


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """One PostgreSQL server for the whole run."""
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    if not os.environ.get("EVENHAND_TEST_PG_URL") and postgres.binaries() is None:
        pytest.skip("no PostgreSQL server on this machine")
    with postgres.server() as running:
        yield running


@pytest.fixture
def postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    """The URL of an empty store in PostgreSQL."""
    with postgres_server.store() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty store in a SQLite file."""
    return f"sqlite:///{stores.make_store(tmp_path / 'evenhand.db')}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty store, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def unmade_postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without a table."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def unmade_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'evenhand.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def unmade_url(request: pytest.FixtureRequest) -> str:
    """A database in which no store was made yet, once of each kind."""
    return str(request.getfixturevalue(f"unmade_{request.param}_url"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; they are not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no public data at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of small inputs that failed once; they lie beside the public data sets."""
    folder = DATA.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}")
    return folder


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The folder of SmolLM2-135M-Instruct, which `.ci/run` makes once outside the checkout."""
    pytest.importorskip("torch", reason="the extra `local` is not installed")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("EVENHAND_MODEL_CACHE") or caches / "evenhand" / "smollm2-135m-instruct")
    if not (folder / "complete").exists():
        pytest.skip(f"no model in {folder}")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for the whole run; each test makes its own context, most simply by `page`."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    from tests import browsing

    executable = browsing.executable()
    if executable is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=browsing.CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def browser_options() -> dict[str, Any]:
    """Options of `context`; a test file overrides this for a phone, a language or a dark page."""
    return {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


@pytest.fixture
def context(browser: "Browser", browser_options: dict[str, Any]) -> Iterator["BrowserContext"]:
    """A browser of its own: no cookie, no cache."""
    opened = browser.new_context(**browser_options)
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def traffic(context: "BrowserContext") -> "Traffic":
    """What the pages of `context` ask for and get."""
    from tests.browsing import Traffic

    return Traffic(context)


@pytest.fixture
def page(context: "BrowserContext", traffic: "Traffic") -> "Page":
    """An empty page, whose traffic is in `traffic`."""
    return context.new_page()
