"""A server that is killed in the middle of a talk: the rater goes on, and no finished answer is paid twice."""

import http.client
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from storage.database.conversation_tables import ConversationAnswer
from storage.database.engine import Database, open_database
from storage.ledger import chain
from storage.values import AnswerState
from tests.app.commands.test_serve import ADDRESS, started
from tests.app.live.scripted import MODELS, LiveSite, Script, prepare, respond
from tests.judging.chat_server import chat_server

MODELS_FILE = "\n".join(f'[{name}]\nbase_url = "{{url}}"\nmax_tokens = 100\n' for name in MODELS[:2])


def states(database: Database) -> dict[AnswerState, int]:
    """Number of requests by the state of the answer."""
    with database.reading() as session:
        rows = session.execute(select(col(ConversationAnswer.state), col(ConversationAnswer.requests)))
        return {AnswerState(state): int(requests) for state, requests in rows}


def test_a_talk_goes_on_after_a_kill_and_a_finished_answer_is_not_asked_for_again(tmp_path: Path) -> None:
    store = tmp_path / "live.db"
    database = open_database(str(store))
    campaign, raters, cookies = prepare(database)
    scripts = {name: Script() for name in MODELS}
    quick, slow = scripts["wren-2b"], scripts["finch-7b"]
    slow.words, slow.gap = (lambda _number: ["word "] * 100_000), 0.02
    with chat_server() as server:
        server.shape = respond(scripts)
        models = tmp_path / "models.toml"
        models.write_text(MODELS_FILE.format(url=server.url), encoding="utf-8")
        command = ("serve", "--database", str(store), "--models", str(models), "--port", "0")
        with started(*command) as (process, lines), suppress(OSError, http.client.HTTPException):
            site = LiveSite(_address(lines), database, campaign, scripts, cookies, raters)
            token = site.begin()["token"]
            for _ in site.events(token):
                if AnswerState.done in states(database):
                    os.kill(process.pid, signal.SIGKILL)
        assert states(database) == {AnswerState.done: 1, AnswerState.writing: 1}
        slow.words, slow.gap = (lambda _number: ["At last."]), 0.0
        with started(*command) as (_, lines):
            site = LiveSite(_address(lines), database, campaign, scripts, cookies, raters)
            kept = site.post("/api/live/state")["conversation"]
            assert (kept["token"], kept["state"]) == (token, "writing")
            talk = site.settled(token)
            assert sorted("At last." in talk["turns"][0][side] for side in "ab") == [False, True]
            assert site.post("/api/live/vote", token=token, choice="tie")["winner"] == "tie"
    assert (len(quick.requests), len(slow.requests)) == (1, 2)
    with database.reading() as session:
        assert chain.head(session)[0] == 1
        counted = session.execute(select(col(ConversationAnswer.requests))).scalars()
        assert sorted(counted) == [1, 2]
    database.close()


def _address(lines: list[str]) -> str:
    found = re.search(ADDRESS, "".join(lines))
    assert found is not None
    return found[0]
