"""What was acknowledged is stored once: by a server killed in the middle of work, and under fifty equal requests."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from threading import Event

from sqlalchemy import select
from sqlmodel import col

from app.site_wiring import make_web
from app.web.serving import serving
from storage.accounts.sign_ins import open_sign_in
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Preference
from storage.database.tables import Account, Ballot
from storage.ledger import chain
from storage.values import digest
from tests.app.running import ApiClient, running
from tests.arena.small_campaign import make_arena

N_RATERS, KILL_AFTER = 6, 60


def signed_in_raters(database: Database) -> list[str]:
    """A campaign with signed-in raters; returns their cookies."""
    arena = make_arena(database, n_models=4, n_questions=30, n_raters=N_RATERS, overlap=N_RATERS)
    now = datetime.now(UTC)
    with database.writing() as session:
        for rater in arena.raters:
            session.add(Account(rater_id=rater, username=f"rater{rater}", password_hash="-", created_at=now))
            open_sign_in(session, digest(f"cookie-{rater}"), rater, now=now)
    return [f"cookie-{rater}" for rater in arena.raters]


def stored(database: Database) -> dict[str, str]:
    """The recorded votes by the token of their ballot."""
    with database.reading() as session:
        rows = session.execute(
            select(col(Ballot.token), col(Preference.winner)).join(
                Preference, col(Preference.ballot_id) == col(Ballot.id)
            )
        ).all()
    found = {str(token): str(winner) for token, winner in rows}
    assert len(found) == len(rows), "a ballot has two rows"
    return found


def test_a_killed_server_loses_no_acknowledged_vote(database_url: str) -> None:
    database = open_database(database_url)
    cookies = signed_in_raters(database)
    acknowledged: dict[str, str] = {}
    enough = Event()

    with running(database_url) as server:

        def work(cookie: str) -> None:
            with closing(ApiClient(server.url, cookie)) as client, suppress(OSError, http.client.HTTPException):
                current = client.post("/api/compare", campaign=None)["current"]
                for turn in range(180):
                    choice = ("model_a", "model_b", "tie", "both_bad")[turn % 4]
                    reply = client.post("/api/vote", token=current["token"], choice=choice)
                    acknowledged[current["token"]] = choice
                    current = reply["current"]
                    if len(acknowledged) >= KILL_AFTER:
                        enough.set()

        with ThreadPoolExecutor(N_RATERS) as pool:
            workers = [pool.submit(work, cookie) for cookie in cookies]
            assert enough.wait(50)
            server.kill()
        for worker in workers:
            worker.result()

    written = stored(database)
    assert len(acknowledged) >= KILL_AFTER
    assert {token: written.get(token) for token in acknowledged} == acknowledged
    assert len(written) <= len(acknowledged) + N_RATERS
    with database.reading() as session:
        assert list(chain.broken_batches(session)) == []
        assert chain.head(session)[0] == len(written)
    database.close()


def test_one_token_sent_fifty_times_at_once_over_http_makes_one_row(database_url: str) -> None:
    database = open_database(database_url)
    cookie = signed_in_raters(database)[0]
    with serving(make_web(database)) as url:
        with closing(ApiClient(url, cookie)) as client:
            token = client.post("/api/compare", campaign=None)["current"]["token"]

        def send(_: int) -> dict[str, object]:
            with closing(ApiClient(url, cookie)) as client:
                return client.post("/api/vote", token=token, choice="tie", seconds=2.0)

        with ThreadPoolExecutor(50) as pool:
            replies = list(pool.map(send, range(50)))
    assert {reply["recorded"] for reply in replies} == {"tie"}
    assert sum(not reply["repeated"] for reply in replies) == 1
    assert stored(database) == {token: "tie"}
    database.close()
