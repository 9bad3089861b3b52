"""Write the fixture files: `python -m tests.store_of_0_1.make`. Read the package's docstring first."""

import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import make_url

from tests import postgres
from tests.store_of_0_1 import commands, looking
from tests.store_of_0_1.filling import endpoint, fill, run, the_same_each_time

HERE = Path(__file__).parent


def main() -> None:
    """Fill a store of each kind and write the files of this folder."""
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        work = Path(folder) / "inputs"
        shutil.copytree(HERE / "inputs", work)
        os.chdir(work)
        os.environ["OPENAI_BASE_URL"] = commands.ENDPOINT
        path = Path(folder) / "store.db"
        stores = {"sqlite": f"sqlite:///{path}", "postgres": server.fresh()}
        for url in stores.values():
            with the_same_each_time() as clock, endpoint():
                fill(url, clock)
            shutil.rmtree(work / "evaluations")
        (HERE / "store.db.xz").write_bytes(lzma.compress(_file(path), preset=9))
        (HERE / "store.sql.xz").write_bytes(lzma.compress(_dump(stores["postgres"]), preset=9))
        expected = {kind: {"rows": _counts(url)} | _looked_at(url, Path(folder)) for kind, url in stores.items()}
        text = json.dumps(expected, indent=1, ensure_ascii=False, sort_keys=True)
        (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
        server.drop(stores["postgres"])


def _file(path: Path) -> bytes:
    """A SQLite file without its write-ahead log and free pages."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
    return path.read_bytes()


def _looked_at(url: str, folder: Path) -> dict[str, Any]:
    """Collect the output of the compared commands, and the requests that repeated commands send."""
    found: dict[str, Any] = {"boards": {}, "exports": {}, "asked": {}, "evaluated": {}}
    for line in commands.RANKING:
        found["boards"][line] = looking.figures(json.loads(run(line, "--json", "--database", url)))
    for line in commands.EXPORTS:
        kind, *more = line.split()
        out = folder / "export.jsonl"
        run(f"export {kind} {out} --force", *more, "--database", url)
        found["exports"][line] = looking.rows_of(out)
    for line in commands.EVALUATING:
        found["evaluated"][line] = looking.scores(json.loads(run(line, "--json", "--database", url)))
    with endpoint(refuses=True) as asked:
        for line in commands.ASKING:
            before = len(asked)
            run(line, "--database", url, ends_with=(0, 1))
            found["asked"][line] = len(asked) - before
    return found


def _counts(url: str) -> dict[str, int]:
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        names = sorted(set(sqlalchemy.inspect(engine).get_table_names()) - {"alembic_version"})
        counts = {
            name: int(connection.exec_driver_sql(f'SELECT COUNT(*) FROM "{name}"').scalar_one()) for name in names
        }
    engine.dispose()
    return counts


def _dump(url: str) -> bytes:
    """Dump a database as SQL statements without owners and without psql commands, so that any client can run it."""
    place, binaries = make_url(url), postgres.binaries()
    assert binaries is not None
    address = place.set(drivername="postgresql").render_as_string(hide_password=False)
    options = ["--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200"]
    told = subprocess.run([binaries / "pg_dump", *options, address], check=True, capture_output=True)
    lines = told.stdout.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith((b"\\restrict", b"\\unrestrict")))


if __name__ == "__main__":
    main()
