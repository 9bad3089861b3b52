"""Trying models by name: for admins and reviewers, nothing stored, models that are off for admins only."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from app.web.live import trial_api
from app.web.live.trial_talks import IDLE_SECONDS, MOST_PROMPTS, MOST_TALKS, TrialTalks
from app.web.wording import error_text
from arena.live.records import TooManyConversations
from storage.conversations.live_campaigns import switch_model
from storage.database.conversation_tables import Conversation, ConversationAnswer
from storage.database.engine import Database, open_database
from storage.database.tables import Ballot, Question, Response
from storage.ledger import chain
from storage.values import utc
from tests.app.live.scripted import MODELS, LiveSite, Script, live_site
from tests.app.running import UnreachableServer
from tests.clocks import START, Clock

STREAM = "/api/try/stream"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(str(tmp_path_factory.mktemp("trials") / "live.db"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def served(database: Database) -> Iterator[LiveSite]:
    with live_site(database) as site:
        yield site


@pytest.fixture
def site(served: LiveSite) -> LiveSite:
    for script in served.scripts.values():
        script.__dict__.update(vars(Script()) | {"requests": []})
    return served


def model_ids(site: LiveSite, name: str = "ada") -> dict[str, int]:
    return {one["name"]: one["id"] for one in site.post("/api/try/state", name)["models"]}


def tried(site: LiveSite, *models: str, name: str = "ada", **more: Any) -> dict[str, Any]:
    ids = model_ids(site, name)
    chosen = dict(zip(("model_a", "model_b"), (ids[one] for one in models), strict=False))
    talk = site.post("/api/try/begin", name, **chosen, prompt="Why is the sky blue?", **more)
    return settled(site, talk["token"], name)


def settled(site: LiveSite, token: str, name: str = "ada") -> dict[str, Any]:
    *_, (kind, talk) = site.events(token, name, STREAM)
    assert kind == "settled"
    return talk


def stored(site: LiveSite) -> list[int]:
    with site.database.reading() as session:
        tables = (Conversation, ConversationAnswer, Question, Response, Ballot)
        counts = [session.execute(select(func.count(col(table.id)))).scalar_one() for table in tables]
        return [*counts, chain.head(session)[0]]


def test_two_chosen_models_answer_under_their_names_for_several_turns_and_nothing_is_stored(site: LiveSite) -> None:
    before = stored(site)
    site.scripts["finch-7b"].words = lambda number: [f"**finch** {number}"]
    talk = tried(site, "finch-7b", "wren-2b")
    assert talk["names"] == ["finch-7b", "wren-2b"]
    assert "<strong>finch</strong> 1" in talk["turns"][0]["a"]
    assert talk["turns"][0]["facts_b"]["tokens"] == 4
    site.post("/api/try/go-on", "ada", token=talk["token"], prompt="And at dusk?")
    talk = settled(site, talk["token"])
    assert [len(body["messages"]) for body in site.scripts["finch-7b"].requests] == [1, 3]
    site.post("/api/try/again", "ada", token=talk["token"])
    assert "finch</strong> 3" in settled(site, talk["token"])["turns"][1]["a"]
    assert stored(site) == before
    with pytest.raises(UnreachableServer):
        site.post("/api/live/vote", "ada", token=talk["token"], choice="tie")


def test_one_model_alone_and_a_failure_that_says_so(site: LiveSite) -> None:
    site.scripts["robin-1b"].fault = "500"
    talk = tried(site, "robin-1b", name="rita")
    assert (talk["names"], talk["may_go_on"]) == (["robin-1b"], False)
    assert (talk["turns"][0]["facts_a"]["cause"], "b" in talk["turns"][0]) == ("failed", False)
    site.scripts["robin-1b"].fault = ""
    site.post("/api/try/again", "rita", token=talk["token"])
    assert settled(site, talk["token"], "rita")["may_go_on"]


@pytest.mark.parametrize("is_paced", [True, False])
def test_a_fast_model_waits_for_the_other_only_at_one_pace(site: LiveSite, is_paced: bool) -> None:
    site.scripts["wren-2b"].words, site.scripts["wren-2b"].gap = (lambda _n: ["word "] * 60), 0.02
    site.scripts["finch-7b"].words = lambda _n: ["word "] * 60
    ids = model_ids(site)
    talk = site.post(
        "/api/try/begin", "ada", model_a=ids["wren-2b"], model_b=ids["finch-7b"], prompt="Why?", paced=is_paced
    )
    pieces = [event for kind, event in site.events(talk["token"], "ada", STREAM) if kind == "shown"]
    assert all(len(one["a"]) == len(one["b"]) for one in pieces) == is_paced
    assert "".join(one["a"] for one in pieces) == "word " * 60


def test_a_model_that_is_off_is_tried_by_admins_only(site: LiveSite) -> None:
    ids = model_ids(site)
    with site.database.writing() as session:
        switch_model(session, ids["robin-1b"], is_on=False, actor_id=None, now=utc(START))
    assert set(model_ids(site)) == set(MODELS)
    assert set(model_ids(site, "rita")) == set(MODELS) - {"robin-1b"}
    assert tried(site, "robin-1b")["may_go_on"]
    with pytest.raises(UnreachableServer) as refused:
        site.post("/api/try/begin", "rita", model_a=ids["robin-1b"], prompt="Why?")
    assert refused.value.status == 400
    with site.database.writing() as session:
        switch_model(session, ids["robin-1b"], is_on=True, actor_id=None, now=utc(START))


def test_raters_and_other_people_have_no_way_in(site: LiveSite) -> None:
    token = tried(site, "wren-2b")["token"]
    calls: dict[str, dict[str, Any]] = {"state": {}, "begin": {"model_a": 1, "prompt": "Why?"}}
    calls |= {path: {"token": token} for path in ("again", "stop", "leave")}
    calls["go-on"] = {"token": token, "prompt": "Mine?"}
    for path, body in calls.items():
        for name, status in ({"ann": 403} | ({"rita": 404} if "token" in body else {})).items():
            with pytest.raises(UnreachableServer) as refused:
                site.post(f"/api/try/{path}", name, **body)
            assert refused.value.status == status
    for name in ("ann", "rita"):
        with pytest.raises(AssertionError, match=r"not_allowed|unknown_conversation"):
            next(site.lines(token, name, STREAM))
    assert site.post("/api/try/leave", "ada", token=token) == {"ok": True}


def test_prompts_of_one_person_and_trials_of_one_server_are_limited() -> None:
    clock = Clock()
    talks = TrialTalks(mint=iter(map(str, range(10_000))).__next__, seconds=clock.seconds)
    for _ in range(MOST_PROMPTS):
        talks.begin(1, [1], "Why?", is_paced=False)
    with pytest.raises(TooManyConversations) as refused:
        talks.begin(1, [1], "Why?", is_paced=False)
    code = trial_api._CODES[type(refused.value)]
    assert ("within an hour" in error_text("en", code), "一小时" in error_text("zh", code)) == (True, True)
    for person in range(2, MOST_TALKS + 3):
        talks.begin(person, [1], "Why?", is_paced=False)
    assert [talks.of(person) is None for person in (1, 2, 3, MOST_TALKS + 2)] == [True, True, False, False]


def test_a_trial_that_nobody_asks_for_ends_after_two_hours() -> None:
    clock = Clock()
    talks = TrialTalks(mint=iter(map(str, range(10))).__next__, seconds=clock.seconds)
    for person in (1, 2):
        talks.begin(person, [1], "Why?", is_paced=False)
    clock.forward(seconds=IDLE_SECONDS - 1)
    assert talks.own(1, "0").prompts == ["Why?"]
    clock.forward(seconds=1)
    assert talks.of(2) is None and talks.of(1) is not None
