"""A store written by version 0.1: it opens, shows the same figures, exports the same rows, and nothing is asked again.

Only the ledger check imports from the packages; the rest uses the command line, which outlives moves and renames.
"""

import json
import lzma
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from storage.database.engine import open_database
from storage.ledger.chain import broken_batches
from tests.app.commands.conftest import Console
from tests.judging.chat_server import ChatServer, chat_server
from tests.store_of_0_1 import commands, looking

PLACE = Path(looking.__file__).parent
EXPECTED: dict[str, Any] = json.loads((PLACE / "expected.json").read_text(encoding="utf-8"))

STORED_RUNS = (2, 4, 5, 13)
"""Runs that are fitted again from what was stored of them: a tie model, weights, style and scores."""


@cache
def unpacked(name: str) -> bytes:
    return lzma.decompress((PLACE / name).read_bytes())


@pytest.fixture
def sqlite_copy(tmp_path: Path) -> str:
    """The URL of a copy of the SQLite file."""
    path = tmp_path / "store.db"
    path.write_bytes(unpacked("store.db.xz"))
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_copy(unmade_postgres_url: str) -> str:
    """The URL of a database restored from the dump."""
    engine = sqlalchemy.create_engine(unmade_postgres_url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        psycopg: Any = connection.connection.driver_connection
        psycopg.execute(unpacked("store.sql.xz").decode())
        psycopg.commit()
    return unmade_postgres_url


@dataclass(frozen=True)
class Copy:
    """A copy of the store with the output that version 0.1 gave for it."""

    url: str
    expected: dict[str, Any]

    def rows(self) -> dict[str, int]:
        """Number of rows in each table of version 0.1."""
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            return {
                name: connection.exec_driver_sql(f'SELECT COUNT(*) FROM "{name}"').scalar_one()
                for name in self.expected["rows"]
            }


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, console: Console) -> Copy:
    """A copy of each kind, with the input files in the working directory."""
    shutil.copytree(PLACE / "inputs", console.folder, dirs_exist_ok=True)
    return Copy(str(request.getfixturevalue(f"{request.param}_copy")), EXPECTED[request.param])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """An endpoint that refuses and counts every request."""
    with chat_server() as running:
        running.script = lambda _: 400
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield running


def alike(expected: Any) -> Any:
    """The same values, with a tolerance for the arithmetic of other machines."""
    if isinstance(expected, dict):
        return {key: alike(value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [alike(value) for value in expected]
    return pytest.approx(expected, rel=1e-6, abs=1e-6) if isinstance(expected, float) else expected


def test_it_opens_with_all_its_rows_and_its_ledger_is_intact(store: Copy) -> None:
    database = open_database(store.url)
    with database.reading() as session:
        assert list(broken_batches(session)) == []
    database.close()
    assert store.rows() == store.expected["rows"]


def test_its_boards_and_stored_runs_show_the_same_figures(store: Copy, console: Console) -> None:
    for line in commands.RANKING:
        board = looking.figures(console(f"{line} --json --database", store.url).json)
        then = looking.without_intervals(store.expected["boards"][line])
        assert looking.without_intervals(board) == alike(then), line
    for run in STORED_RUNS:  # the intervals of ratings are stored with a run, those of coefficients are not
        line = commands.RANKING[run - 1]
        remade = console(f"rank --run {run} --json --database", store.url)
        found, then = json.loads(remade.out), store.expected["boards"][line]
        assert remade.err == "" and found["run"] == run and found["intervals_as_stored"]
        found, then = (looking.without_intervals(one, of=("coefficients",)) for one in (looking.figures(found), then))
        assert found == alike(then), line


def test_its_exports_have_the_same_rows(store: Copy, console: Console) -> None:
    for line in commands.EXPORTS:
        kind, *more = line.split()
        assert console(f"export {kind} rows.jsonl --force --database", store.url, *more).code == 0
        assert looking.rows_of(console.folder / "rows.jsonl") == store.expected["exports"][line], line


def test_respond_and_judge_ask_again_only_what_failed(store: Copy, console: Console, server: ChatServer) -> None:
    requests = {}
    for line in commands.ASKING:
        before = len(server.bodies)
        failed = store.expected["asked"][line] > 0
        ran = console(f"{line} --database", store.url)
        requests[line] = len(server.bodies) - before
        assert requests[line] == store.expected["asked"][line], f"{line}: {ran.out}{ran.err}"
        assert not (failed and ran.code == 0), line
    assert sum(not count for count in requests.values()) == len(requests) - 3


def test_evaluate_asks_nothing_and_prints_the_same_table(store: Copy, console: Console) -> None:
    # The folder `tiny` holds no loadable model, and no server listens at the endpoint's address.
    before = store.rows()
    for line in commands.EVALUATING:
        summary = console(f"{line} --json --database", store.url).json
        assert looking.scores(summary) == alike(store.expected["evaluated"][line]), line
    # Metrics that later versions added are new scores; a question that was asked again would be a row elsewhere.
    assert store.rows() | {"task_score": 0} == before | {"task_score": 0}
