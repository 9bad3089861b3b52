"""A server whose store is gone, damaged or full says which, saves nothing, and is not healthy."""

import os
import re
from pathlib import Path

from starlette.testclient import TestClient

from storage.errors import StoreFull
from tests.app.site import PAGE, make_site
from tests.stores import make_store, open_store

VOTE = {"token": "pair-1-1", "choice": "tie"}


def check_refused(client: TestClient, code: str, words: str) -> None:
    """A vote, the health check and a page all say what is wrong."""
    answer = client.post("/api/vote", json=VOTE)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert words in answer.json()["error"]
    health = client.get("/healthz")
    assert (health.status_code, health.json()) == (503, {"status": "unavailable", "code": code})
    shown = client.get("/", headers=PAGE)
    read = " ".join(re.sub("<[^>]*>", " ", shown.text).split())  # the first sentence is the heading
    assert (shown.status_code, words in read) == (503, True)


def test_a_store_that_fails_under_the_server_is_named_and_recovers(tmp_path: Path) -> None:
    path, away = tmp_path / "evenhand.db", tmp_path / "away.db"
    database = open_store(path)
    site = make_site(database)
    with site.visitor("ann") as client:
        path.rename(away)
        check_refused(client, "store_gone", "moved or replaced. Nothing was saved")
        make_store(path)
        check_refused(client, "store_gone", "moved or replaced. Nothing was saved")
        away.replace(path)
        assert client.get("/healthz").status_code == 200

        site.voting.failure = StoreFull("the disk is full")
        answer = client.post("/api/vote", json=VOTE)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_full")
        site.voting.failure = None

        database.engine.dispose()  # and with it the pages in memory
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(path.stat().st_size - 4096))
        check_refused(client, "store_damaged", "damaged. Nothing was saved")
        assert not site.voting.votes
    database.close()
