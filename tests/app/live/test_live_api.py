"""The live arena over the network: what a browser gets, what models are asked, and what happens when they fail."""

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from storage.database.conversation_tables import Conversation, ConversationAnswer
from storage.database.engine import Database, open_database
from storage.database.tables import Question, Response
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, read_battles
from tests.app.live.scripted import MODELS, LiveSite, Script, live_site
from tests.app.running import UnreachableServer


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(str(tmp_path_factory.mktemp("live") / "live.db"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def served(database: Database) -> Iterator[LiveSite]:
    with live_site(database) as site:
        yield site


@pytest.fixture
def site(served: LiveSite) -> Iterator[LiveSite]:
    """The arena with models that behave, and no open conversation."""
    for script in served.scripts.values():
        script.__dict__.update(vars(Script()) | {"requests": []})
    yield served
    for name in served.cookies:
        talk = served.post("/api/live/state", name)["conversation"]
        if talk is not None:
            served.post("/api/live/leave", name, token=talk["token"])


def n_ledgered(site: LiveSite) -> int:
    with site.database.reading() as session:
        return chain.head(session)[0]


def test_two_turns_a_vote_and_the_names(site: LiveSite) -> None:
    talk = site.talked()
    assert talk["state"] == "ready"
    assert "scatters blue light" in talk["turns"][0]["a"]
    site.post("/api/live/go-on", token=talk["token"], prompt="And at dusk?")
    talk = site.settled(talk["token"])
    assert [set(turn) for turn in talk["turns"]] == [{"prompt", "a", "b"}] * 2
    asked = [body for script in site.scripts.values() for body in script.requests]
    assert [len(body["messages"]) for body in asked if len(body["messages"]) > 1] == [3, 3]
    assert all(body["stream"] for body in asked)
    voted = site.post("/api/live/vote", token=talk["token"], choice="model_a", reasons=["clarity"], comment="good")
    assert set(voted["names"]) < set(MODELS)
    assert site.post("/api/live/vote", token=talk["token"], choice="tie")["winner"] == "model_a"
    with site.database.reading() as session:
        assert len(read_battles(session, Selection())) >= 1
        answer = session.execute(select(ConversationAnswer)).scalars().first()
        assert answer is not None
        assert answer.cost == pytest.approx((5 + 2 * 4) / 1e6)
        assert (answer.latency_seconds or 0) >= (answer.first_seconds or 0) > 0


def test_names_leave_the_server_only_with_the_vote(site: LiveSite) -> None:
    sent = b""
    for _ in range(8):
        begun = site.begin()
        sent += json.dumps([begun, site.post("/api/live/state"), site.post("/api/live/texts")]).encode()
        sent += b"".join(site.lines(begun["token"]))
        sent += json.dumps(site.post("/api/live/state")).encode()
        site.post("/api/live/vote", token=begun["token"], choice="tie")
    known = [*MODELS, "wren", "finch", "robin", "latency", "completion_tokens", "model_id", "requests", "finish_reason"]
    assert [word for word in known if word.encode() in sent.lower()] == []


def test_both_sides_are_shown_to_the_same_character(site: LiveSite) -> None:
    site.scripts["wren-2b"].gap = 0.02
    for script in site.scripts.values():
        script.words = lambda _number: ["word "] * 40
    shown = {"a": 0, "b": 0}
    for kind, event in site.events(site.begin()["token"]):
        if kind == "shown":
            assert len(event["a"]) == len(event["b"])
            shown = {side: shown[side] + len(event[side]) for side in shown}
    assert shown == {"a": 200, "b": 200}


def test_asking_again_shows_a_new_pair_of_answers(site: LiveSite) -> None:
    for script in site.scripts.values():
        script.words = lambda number: [f"answer {number}"]
    talk = site.talked()
    first = [talk["turns"][0][side] for side in "ab"]
    site.post("/api/live/again", token=talk["token"])
    again = site.settled(talk["token"])
    assert [again["turns"][0][side] for side in "ab"] != first
    assert again["state"] == "ready"


def test_no_vote_while_answers_are_written_and_a_second_tab_sees_the_same(site: LiveSite) -> None:
    for script in site.scripts.values():
        script.words, script.gap = (lambda _number: ["word "] * 10_000), 0.01
    token = site.begin()["token"]
    with pytest.raises(UnreachableServer) as refused:
        site.post("/api/live/vote", token=token, choice="tie")
    assert refused.value.status == 409
    with pytest.raises(UnreachableServer):
        site.begin(prompt="A second one?")
    first, second = site.events(token), site.events(token)
    _, one = next(first)
    _, other = next(second)
    assert other["a"].startswith(one["a"]) or one["a"].startswith(other["a"])
    site.post("/api/live/stop", token=token)
    *_, (kind, talk) = first
    assert (kind, talk["state"]) == ("settled", "ready")
    site.post("/api/live/vote", token=token, choice="both_bad")
    with site.database.reading() as session:
        last = session.execute(select(Response).order_by(col(Response.id).desc())).scalars().first()
        assert last is not None
        assert last.state == "truncated"


def test_another_raters_conversation_is_out_of_reach(site: LiveSite) -> None:
    token = site.talked()["token"]
    calls: dict[str, dict[str, object]] = {
        "vote": {"choice": "tie"},
        "go-on": {"prompt": "Mine?"},
        "again": {},
        "stop": {},
        "leave": {},
        "consent": {"publishable": True},
    }
    for path, body in calls.items():
        with pytest.raises(UnreachableServer) as refused:
            site.post(f"/api/live/{path}", "bob", token=token, **body)
        assert refused.value.status == 404
    with pytest.raises(AssertionError, match="unknown_conversation"):
        next(site.lines(token, "bob"))
    assert site.post("/api/live/state", "bob")["conversation"] is None


@pytest.mark.parametrize("fault", ["html", "500", "error", "broken"])
def test_a_model_that_fails_at_once_gives_way(site: LiveSite, fault: str) -> None:
    before = n_ledgered(site)
    site.scripts["wren-2b"].fault = fault
    for _ in range(3):
        talk = site.talked()
        assert talk["state"] == "ready"
        names = site.post("/api/live/vote", token=talk["token"], choice="tie")["names"]
        assert "wren-2b" not in names
    assert n_ledgered(site) == before + 3


def test_a_request_whose_connection_is_dropped_is_sent_once_more(site: LiveSite) -> None:
    def drop_first(script: Script) -> Callable[[int], list[str]]:
        def words(number: int) -> list[str]:
            script.fault = "broken" if number == 1 else ""
            return ["It ", "is."]

        return words

    for script in site.scripts.values():
        script.words = drop_first(script)
    assert site.talked()["state"] == "ready"
    assert sorted(len(script.requests) for script in site.scripts.values()) == [0, 2, 2]


def test_a_model_that_sends_nothing_gives_way(site: LiveSite) -> None:
    site.scripts["robin-1b"].words = lambda _number: []
    assert {name for _ in range(2) for name in voted_names(site)} == {"wren-2b", "finch-7b"}


def voted_names(site: LiveSite) -> list[str]:
    return site.post("/api/live/vote", token=site.talked()["token"], choice="tie")["names"]  # type: ignore[no-any-return]


def test_a_model_that_fails_in_the_middle_ends_the_pair(site: LiveSite) -> None:
    before = n_ledgered(site)
    for script in site.scripts.values():
        script.words, script.gap, script.fault, script.fails_after = (lambda _n: ["word "] * 30), 0.02, "broken", 20
    talk = site.talked()
    assert (talk["state"], talk["cause"]) == ("ended", "failed")
    with pytest.raises(UnreachableServer):
        site.post("/api/live/vote", token=talk["token"], choice="tie")
    assert n_ledgered(site) == before
    with site.database.reading() as session:
        row = session.execute(select(Conversation).order_by(col(Conversation.id).desc())).scalars().first()
        assert row is not None
        assert row.question_id is None


def test_hostile_prompts_are_refused_in_a_sentence(site: LiveSite) -> None:
    for prompt, status in ((" ", 400), ("x" * 20_001, 400), ("x" * 1_000_000, 413), ("nul \x00", 400)):
        with pytest.raises(UnreachableServer) as refused:
            site.begin(prompt=prompt)
        assert refused.value.status == status
        assert refused.value.reply["error"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["A grin ", "\ud83d", "\ude00", " here"], "A grin \N{GRINNING FACE} here"),
        (["Half of one ", "\ud83d", " here"], "Half of one \N{REPLACEMENT CHARACTER} here"),
        (["NUL ", "\x00", " here"], "NUL \N{REPLACEMENT CHARACTER} here"),
        (['<script>alert("x")</script>', " here"], "&lt;script&gt;"),
    ],
)
def test_halves_of_characters_and_markup_in_answers_are_shown_as_text(
    site: LiveSite, words: list[str], shown: str
) -> None:
    for script in site.scripts.values():
        script.words = lambda _number: words
    talk = site.talked()
    assert talk["state"] == "ready"
    assert all(shown in talk["turns"][0][side] for side in "ab")
    assert site.post("/api/live/vote", token=talk["token"], choice="tie")["winner"] == "tie"


def test_a_category_becomes_that_of_the_question(site: LiveSite) -> None:
    for category in ("code", None):
        begun = site.post("/api/live/begin", campaign=site.campaign, prompt="Sort a list.", category=category)
        site.settled(begun["token"])
        site.post("/api/live/vote", token=begun["token"], choice="tie")
        with site.database.reading() as session:
            last = session.execute(select(Question).order_by(col(Question.id).desc())).scalars().first()
            assert last is not None
            assert (last.source, last.category) == ("live", category)
    with pytest.raises(UnreachableServer) as refused:
        site.post("/api/live/begin", campaign=site.campaign, prompt="Sort a list.", category="cooking")
    assert refused.value.status == 400


def test_a_consent_that_is_taken_back_after_the_vote_makes_the_question_private(site: LiveSite) -> None:
    begun = site.post("/api/live/begin", campaign=site.campaign, prompt="May this be public?", publishable=True)
    site.settled(begun["token"])
    site.post("/api/live/vote", token=begun["token"], choice="tie")
    for publishable in (True, False):
        site.post("/api/live/consent", token=begun["token"], publishable=publishable)
        with site.database.reading() as session:
            found = select(col(Question.private)).where(col(Question.key) == begun["token"])
            assert session.execute(found).scalar_one() is not publishable


def test_an_answer_that_names_another_model_on_offer_voids_the_vote(site: LiveSite) -> None:
    for script in site.scripts.values():
        script.words = lambda _number: ["Better ask ", "robin-1b", "."]
    assert site.post("/api/live/vote", token=site.talked()["token"], choice="tie")["void"]


def test_endless_text_ends_at_a_limit(site: LiveSite) -> None:
    for script in site.scripts.values():
        script.words = lambda _number: ["x" * 50_000] * 40
    token = site.begin()["token"]
    next(site.events(token))
    site.post("/api/live/stop", token=token)
    assert site.settled(token)["state"] == "ready"
