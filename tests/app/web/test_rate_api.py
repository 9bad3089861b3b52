"""The JSON API of the Rate page over a real store: what it takes, refuses, and never writes twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.scoring import ScoringPlan
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.database.ledger_tables import Satisfaction
from storage.values import CampaignKind
from tests.app.compare_store import MODELS, fill
from tests.app.site import Site, make_site
from tests.stores import open_store

GOOD = {"overall": 4, "Tone": None}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database = open_store(tmp_path_factory.mktemp("rate") / "evenhand.db")
    made = make_site(database)
    fill(database, annotators=())
    plan = CampaignPlan(
        name="Scores",
        kind=CampaignKind.satisfaction,
        overlap=2,
        scoring=ScoringPlan(("overall", "Tone"), 1, 10, {1: "Very poor", 10: "Superb / 极好"}),
    )
    with database.writing() as session:
        campaign = create_campaign(session, plan, now=made.clock())
        invite_raters(session, campaign, [made.raters["ann"], made.raters["rev"]])
    yield made
    database.close()


@pytest.fixture
def ann(site: Site) -> Iterator[TestClient]:
    with site.visitor("ann") as client:
        yield client


def n_rows(site: Site) -> int:
    with site.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Satisfaction)).scalar_one())


def state_of(client: TestClient) -> Any:
    reply = client.post("/api/rate/state", json={"campaign": None})
    assert reply.status_code == 200
    return reply.json()


def test_the_state_holds_the_scale_with_its_keys_and_labels_and_no_model(site: Site, ann: TestClient) -> None:
    state = state_of(ann)
    scale = state["campaign"]["scale"]
    assert scale["dimensions"] == ["overall", "Tone"]
    assert scale["steps"][0] == {"value": 1, "key": "1", "label": ""}, "the page has the usual label in every language"
    assert scale["steps"][-1] == {"value": 10, "key": "0", "label": "Superb"}
    assert len(state["current"]["responses"]) == 1
    assert not any(name.lower() in str(state).lower() for name in MODELS)
    assert ann.post("/api/language", json={"language": "zh"}).is_success
    assert state_of(ann)["campaign"]["scale"]["steps"][-1]["label"] == "极好", "the part for the reader"
    assert ann.post("/api/language", json={"language": "en"}).is_success


def test_scores_are_stored_once_however_often_they_are_sent(site: Site, ann: TestClient) -> None:
    state, before = state_of(ann), n_rows(site)
    body = {"token": state["current"]["token"], "scores": [GOOD], "showing": state["next"]["token"], "seconds": 2.5}
    first = ann.post("/api/rate/answer", json=body).json()
    assert (first["repeated"], first["current"]) == (False, {"token": state["next"]["token"]})
    again = ann.post("/api/rate/answer", json=body | {"scores": [{"overall": 1, "Tone": 1}]}).json()
    assert (again["repeated"], again["scores"]) == (True, [GOOD])
    assert n_rows(site) == before + 2
    back = ann.post("/api/rate/undo", json={}).json()
    assert back["current"]["scores"] == [GOOD]


@pytest.mark.parametrize(
    ("scores", "code"),
    [
        ([{"overall": 11, "Tone": 1}], "bad_scores"),
        ([{"overall": 0, "Tone": 1}], "bad_scores"),
        ([{"overall": 4}], "bad_scores"),
        ([GOOD, GOOD], "bad_scores"),
        ([GOOD | {"safe": 1}], "bad_scores"),
        ([{"overall": 4.5, "Tone": 1}], "bad_field"),
        ([{"overall": True, "Tone": 1}], "bad_field"),
        ([{"overall": "4", "Tone": 1}], "bad_field"),
        ([], "bad_field"),
        ("4", "bad_field"),
        ([[4]], "bad_field"),
    ],
)
def test_scores_off_the_scale_are_refused_in_one_sentence(site: Site, ann: TestClient, scores: Any, code: str) -> None:
    state, before = state_of(ann), n_rows(site)
    reply = ann.post("/api/rate/answer", json={"token": state["current"]["token"], "scores": scores})
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert reply.json()["error"].endswith((".", "。"))
    assert n_rows(site) == before
    assert state_of(ann)["current"]["token"] == state["current"]["token"]


def test_ballots_of_others_and_strangers_get_nothing(site: Site, ann: TestClient) -> None:
    token = state_of(ann)["current"]["token"]
    with site.visitor("rev") as rev, site.visitor() as nobody:
        reply = rev.post("/api/rate/answer", json={"token": token, "scores": [GOOD]})
        assert (reply.status_code, reply.json()["code"]) == (404, "unknown_responses")
        assert nobody.post("/api/rate/state", json={}).status_code == 401
    with site.visitor("root") as root:
        assert root.post("/api/rate/state", json={}).json()["end"] == "unassigned"
        assert root.post("/api/rate/state", json={"campaign": 999}).json()["code"] == "unknown_campaign"


def test_opening_the_page_waits_once_for_the_turn_to_write_and_looking_back_never(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[Database] = []
    transaction = Database.transaction

    def counted(database: Database) -> Any:
        waits.append(database)
        return transaction(database)

    monkeypatch.setattr(Database, "transaction", counted)

    def turns(path: str, **body: Any) -> tuple[int, Any]:
        before = len(waits)
        reply = ann.post(f"/api/rate/{path}", json=body)
        assert reply.status_code == 200
        return len(waits) - before, reply.json()

    n_turns, state = turns("state", campaign=None)
    assert n_turns == 1
    assert turns("answer", token=state["current"]["token"], scores=[GOOD])[0] == 1
    n_turns, history = turns("history", campaign=state["campaign"]["id"])
    assert (n_turns, history["lines"][0]["scores"]) == (0, [GOOD])
    token = history["lines"][0]["token"]
    assert (turns("open", token=token)[0], turns("source", token=token)[0]) == (0, 0)
    assert turns("change", token=token, scores=[GOOD]) == (1, {"changed": False})
