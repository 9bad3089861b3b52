"""Moderation: prompts that are refused reach no model, refused answers end a talk and count against nobody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Semaphore

import pytest
from sqlalchemy import select
from sqlmodel import col
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.models.moderation_settings import ModerationSettings, read_moderation
from app.models.offered import read_offered
from arena.live.word_list import WordList
from storage.conversations.live_campaigns import answer_counts, counts
from storage.database.conversation_tables import ConversationAnswer
from storage.database.engine import Database, open_database
from storage.errors import BadInput
from storage.ledger import chain
from tests.app.live.scripted import LiveSite, live_site
from tests.app.running import UnreachableServer
from tests.judging.chat_server import serving


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("A BadWord here", True),
        ("badwords are another word", False),
        ("ｂａｄｗｏｒｄ in wide letters", True),
        ("a bad   \n phrase", True),
        ("这是坏词语", True),
        ("nothing", False),
    ],
)
def test_words_are_found_in_any_case_width_and_spacing(text: str, is_found: bool) -> None:
    assert WordList(["badword", "Bad phrase", "坏词", " "]).found_in(text) is is_found


TABLES = '[a]\nbase_url = "http://127.0.0.1:1/v1"\n[b]\nbase_url = "http://127.0.0.1:1/v1"\n'


def test_the_table_is_read_beside_the_models(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    (tmp_path / "words.txt").write_text("# a comment\nbadword\n坏词\n", encoding="utf-8")
    path.write_text(TABLES + '[moderation]\nwords = "words.txt"\non_failure = "pass"\n', encoding="utf-8")
    assert [one.name for one in read_offered(path, {})] == ["a", "b"]
    assert read_moderation(path, {}) == ModerationSettings(words=("badword", "坏词"), lets_pass=True)
    path.write_text(TABLES, encoding="utf-8")
    assert read_moderation(path, {}) == ModerationSettings()


@pytest.mark.parametrize(
    "line",
    [
        "",
        'words = "missing.txt"',
        'word = "words.txt"',
        'base_url = "ftp://host"',
        'base_url = "https://host/v1"',
        'base_url = "http://127.0.0.1/v1"\non_failure = "ignore"',
        'base_url = "http://127.0.0.1/v1"\ntimeout = 0',
        "words = 3",
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(f"{TABLES}[moderation]\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="moderation"):
        read_moderation(path, {})


@contextmanager
def flagging() -> Iterator[str]:
    """An endpoint that flags texts with "flagme" and fails on those with "crash"."""

    async def answer(request: Request) -> Response:
        text = (await request.json())["input"]
        if "crash" in text:
            return JSONResponse({"error": {"message": "down"}}, status_code=500)
        return JSONResponse({"results": [{"flagged": "flagme" in text}]})

    with serving(Starlette(routes=[Route("/v1/moderations", answer, methods=["POST"])])) as url:
        yield f"{url}/v1"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(str(tmp_path_factory.mktemp("moderated") / "live.db"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(database: Database) -> Iterator[LiveSite]:
    with flagging() as url:
        settings = ModerationSettings(words=("badword",), base_url=url, key="none")
        with live_site(database, moderation=settings) as served:
            yield served


def found(site: LiveSite) -> dict[str, int]:
    with site.database.reading() as session:
        return counts(session)


def test_a_refused_prompt_reaches_no_model_and_is_counted(site: LiveSite) -> None:
    cases = {"A badword?": (400, "words"), "flagme": (400, "endpoint"), "crash": (503, "unavailable")}
    for prompt, (status, cause) in cases.items():
        name = f"prompt_{cause}"
        before = found(site).get(name, 0)
        with pytest.raises(UnreachableServer) as refused:
            site.begin(prompt=prompt)
        assert (refused.value.status, found(site)[name] - before) == (status, 1)
        assert refused.value.reply["error"]
    assert [script.requests for script in site.scripts.values()] == [[], [], []]
    assert site.post("/api/live/state")["conversation"] is None


@pytest.mark.parametrize(
    ("words", "cause", "name"),
    [
        (["All is ", "well, ", "bad", "word ", "and more"], "moderated", "answer_words"),
        (["Please ", "flagme"], "moderated", "answer_endpoint"),
        (["This will ", "crash"], "moderation_down", "answer_unavailable"),
    ],
)
def test_a_refused_answer_ends_the_talk_and_counts_against_nobody(
    site: LiveSite, words: list[str], cause: str, name: str
) -> None:
    before, finch = found(site).get(name, 0), site.scripts["finch-7b"]
    finch.words = lambda _number: words
    for other in ("wren-2b", "robin-1b"):
        site.scripts[other].words = lambda _number: words
    talk = site.talked()
    assert (talk["state"], talk["cause"]) == ("ended", cause)
    with pytest.raises(UnreachableServer):
        site.post("/api/live/vote", token=talk["token"], choice="tie")
    assert found(site)[name] > before
    with site.database.reading() as session:
        assert chain.head(session)[0] == 0
        assert {one.failed for one in answer_counts(session).values()} == {0}
        texts = session.execute(select(col(ConversationAnswer.text))).scalars()
        assert [text for text in texts if "badword" in text] == []


def test_texts_pass_while_the_endpoint_is_down_where_the_file_says_so(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "live.db"))
    settings = ModerationSettings(base_url="http://127.0.0.1:9/v1", key="none", lets_pass=True)
    with live_site(database, moderation=settings) as site:
        assert site.talked()["state"] == "ready"
        assert found(site) == {"prompt_unavailable": 1, "answer_unavailable": 2}
    database.close()


@pytest.mark.parametrize("given", ['moderation = "x"', "moderation = 3", '[[moderation]]\nwords = "words.txt"'])
def test_moderation_that_is_not_one_table_is_a_sentence(tmp_path: Path, given: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(f"{given}\n{TABLES}", encoding="utf-8")
    assert len(read_offered(path, {})) == 2
    with pytest.raises(BadInput, match=r"expected one table \[moderation\]"):
        read_moderation(path, {})


def test_many_prompts_at_once_all_wait_for_moderation_and_hold_up_nothing_else(sqlite_url: str) -> None:
    n_prompts, arrived, go = 45, Semaphore(0), Event()  # the site serves everything else by 40 threads

    async def answer(_request: Request) -> Response:
        arrived.release()
        await run_in_threadpool(go.wait, 60)
        return JSONResponse({"results": [{"flagged": True}]})

    def begin(site: LiveSite) -> int:
        with pytest.raises(UnreachableServer) as refused:
            site.begin(prompt="Is this allowed?")
        return refused.value.status

    with ExitStack() as stack:
        url = stack.enter_context(serving(Starlette(routes=[Route("/v1/moderations", answer, methods=["POST"])])))
        settings = ModerationSettings(base_url=f"{url}/v1", key="none", timeout_seconds=60)
        database = open_database(sqlite_url)
        stack.callback(database.close)
        site = stack.enter_context(live_site(database, moderation=settings))
        pool = stack.enter_context(ThreadPoolExecutor(n_prompts))
        stack.callback(go.set)
        before = found(site)
        waiting = [pool.submit(begin, site) for _ in range(n_prompts)]
        assert all(arrived.acquire(timeout=60) for _ in range(40)), "the moderation endpoint itself has 40 threads"
        assert site.post("/api/live/state")["conversation"] is None
        go.set()
        assert {one.result() for one in waiting} == {400}
        added = {name: n - before.get(name, 0) for name, n in found(site).items() if n != before.get(name, 0)}
        assert added == {"prompt_endpoint": n_prompts}
