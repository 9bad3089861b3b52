"""The statements behind a vote stay on their indexes, however long a campaign runs."""

import pytest
from sqlalchemy.dialects import sqlite

from storage.campaigns import ballots
from storage.database.engine import open_database
from storage.ledger import preferences

HOT = {
    "open ballots": ballots._OPEN_OF,
    "holders of a pair": ballots._HOLDERS,
    "ballot of a token": ballots._BY_TOKEN,
    "last closed ballot": ballots._LAST_CLOSED,
    "last row of a ballot": preferences._LAST_OF_BALLOT,
}


@pytest.mark.parametrize("name", HOT)
def test_no_statement_of_a_vote_reads_a_whole_table(name: str, sqlite_url: str) -> None:
    compiled = HOT[name].compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    database = open_database(sqlite_url)
    with database.connection() as connection:
        values = tuple("1" for _ in compiled.positiontup or ())
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values).all()
    steps = [str(row[3]) for row in plan]
    scans = [step for step in steps if step.startswith("SCAN") and "USING" not in step]
    assert scans == [], steps
    database.close()
