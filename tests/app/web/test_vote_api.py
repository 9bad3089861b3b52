"""The JSON behind the Compare page: its form, its refusals, and who it belongs to."""

from collections.abc import Iterator

import orjson
import pytest
from starlette.testclient import TestClient

from app.web.compare.protocol import Vote
from storage.accounts.raters import person_named, set_language
from storage.errors import BadInput, NotAllowed, StoreBusy
from storage.values import FlagReason, VoteReason, Winner
from tests.app.site import Site, make_site
from tests.stores import open_store


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database = open_store(tmp_path_factory.mktemp("site") / "evenhand.db")
    yield make_site(database)
    database.close()


@pytest.fixture
def site(whole_site: Site) -> Site:
    whole_site.voting.votes.clear()
    whole_site.voting.skips.clear()
    whole_site.voting.seen.clear()
    whole_site.voting.failure = None
    with whole_site.database.writing() as session:
        set_language(session, whole_site.raters["ann"], "en")
    return whole_site


@pytest.fixture
def ann(site: Site) -> Iterator[TestClient]:
    with site.visitor("ann") as client:
        yield client


def token(site: Site, number: int = 1, name: str = "ann") -> str:
    return f"pair-{site.raters[name]}-{number}"


def test_the_state_has_the_shape_that_the_page_expects(site: Site, ann: TestClient) -> None:
    state = ann.post("/api/compare", json={"campaign": None}).json()
    assert state == {
        "campaign": {
            "id": 1,
            "name": "First campaign",
            "guidelines": "<p>Be fair.</p>",
            "guidelines_version": 1,
            "example": False,
            "strength": True,
            "scale": None,
        },
        "campaigns": [{"id": 1, "name": "First campaign", "done": 0, "total": 10}],
        "progress": {"done": 0, "total": 10},
        "current": _pair(token(site)),
        "next": _pair(token(site, 2)),
        "finished": False,
        "can_undo": False,
        "end": None,
        "may_pass": False,
        "others": False,
        "own": None,
        "live": False,
        "example": False,
        "language": "en",
        "name": "ann",
        "admin": False,
    }


def test_a_vote_reaches_the_service_as_it_was_sent(site: Site, ann: TestClient) -> None:
    sent = {
        "token": token(site),
        "choice": "both_bad",
        "seconds": 12.5,
        "flag": "identity_leak",
        "comment": "  says its name ",
        "showing": token(site, 2),
        "strength": None,
        "hidden_seconds": 2,
        "reasons": ["safety", "accuracy", "safety"],
    }
    reply = ann.post("/api/vote", json=sent).json()
    assert site.voting.votes[token(site)] == Vote(
        token(site),
        Winner.both_bad,
        12.5,
        FlagReason.identity_leak,
        "says its name",
        token(site, 2),
        reasons=(VoteReason.accuracy, VoteReason.safety),
        hidden_seconds=2.0,
    )
    assert reply == {
        "recorded": "both_bad",
        "repeated": False,
        "progress": {"done": 1, "total": 10},
        "current": {"token": token(site, 2)},
        "next": _pair(token(site, 3)),
        "finished": False,
        "can_undo": True,
        "guidelines_version": 0,
        "end": None,
        "may_pass": False,
        "feedback": [],
    }


def test_an_own_vote_is_listed_opened_and_changed(site: Site, ann: TestClient) -> None:
    ann.post("/api/vote", json={"token": token(site), "choice": "model_a", "strength": 2, "reasons": ["clarity"]})
    listed = ann.post("/api/history", json={"campaign": 1}).json()
    assert [(line["token"], line["choice"], line["strength"]) for line in listed["lines"]] == [
        (token(site), "model_a", 2)
    ]
    opened = ann.post("/api/open", json={"token": token(site)}).json()
    assert opened["details"] == {"flag": None, "comment": None, "strength": 2, "reasons": ["clarity"]}
    change = {"token": token(site), "choice": "tie", "seconds": 3}
    assert [ann.post("/api/change", json=change).json() for _ in "12"] == [{"changed": True}, {"changed": False}]
    assert ann.post("/api/source", json={"token": token(site)}).json()["left"] == "<pre>left</pre>"
    for path, body, status in (
        ("/api/open", {"token": token(site, 5)}, 409),
        ("/api/open", {"token": token(site, 1, "rev")}, 404),
        ("/api/change", change | {"token": token(site, 1, "rev")}, 404),
        ("/api/source", {"token": token(site, 1, "rev")}, 404),
        ("/api/history", {"campaign": 7}, 404),
        ("/api/history", {}, 400),
    ):
        assert ann.post(path, json=body).status_code == status, (path, body)


def test_the_same_vote_again_returns_the_first_one(site: Site, ann: TestClient) -> None:
    ann.post("/api/vote", json={"token": token(site), "choice": "model_a"})
    reply = ann.post("/api/vote", json={"token": token(site), "choice": "model_b"}).json()
    assert (reply["recorded"], reply["repeated"]) == ("model_a", True)


def test_fields_that_may_be_left_out_may_be_null(site: Site, ann: TestClient) -> None:
    empty = {"seconds": None, "flag": None, "comment": " ", "showing": None}
    ann.post("/api/vote", json={"token": token(site), "choice": "tie", **empty})
    assert site.voting.votes[token(site)] == Vote(token(site), Winner.tie)


def test_skip_shown_and_undo_reach_the_service(site: Site, ann: TestClient) -> None:
    assert ann.post("/api/shown", json={"token": token(site)}).json() == {"ok": True}
    assert site.voting.seen == [token(site)]
    reply = ann.post("/api/skip", json={"token": token(site), "reason": "too_long", "comment": "long"}).json()
    assert (reply["recorded"], reply["progress"]["done"]) == (None, 1)
    assert site.voting.skips[token(site)].comment == "long"
    ann.post("/api/vote", json={"token": token(site, 2), "choice": "tie"})
    state = ann.post("/api/undo", json={}).json()
    assert (state["progress"]["done"], state["name"]) == (1, "ann")
    assert ann.post("/api/undo", content=b"", headers={"content-type": "application/json"}).status_code == 409


BAD_VOTES: list[tuple[dict[str, object], str, str]] = [
    ({"choice": "model_c"}, "bad_field", "choice"),
    ({"choice": "A"}, "bad_field", "choice"),
    ({"choice": None}, "bad_field", "choice"),
    ({"choice": ["tie"]}, "bad_field", "choice"),
    ({"choice": 1}, "bad_field", "choice"),
    ({"token": None}, "bad_field", "token"),
    ({"token": ""}, "bad_field", "token"),
    ({"token": "x" * 65}, "bad_field", "token"),
    ({"token": "a\x00b"}, "bad_field", "token"),
    ({"token": 7}, "bad_field", "token"),
    ({"seconds": -1}, "bad_field", "seconds"),
    ({"strength": 3}, "bad_field", "strength"),
    ({"strength": True}, "bad_field", "strength"),
    ({"strength": 1, "choice": "tie"}, "bad_field", "strength"),
    ({"reasons": "clarity"}, "bad_field", "reasons"),
    ({"reasons": ["nice"]}, "bad_field", "reasons"),
    ({"reasons": [["clarity"]]}, "bad_field", "reasons"),
    ({"reasons": ["clarity"] * 9}, "bad_field", "reasons"),
    ({"seconds": 86_401}, "bad_field", "seconds"),
    ({"seconds": "5"}, "bad_field", "seconds"),
    ({"seconds": True}, "bad_field", "seconds"),
    ({"flag": "ugly"}, "bad_field", "flag"),
    ({"comment": "x" * 2_001}, "bad_field", "comment"),
    ({"comment": "a\x00b"}, "bad_field", "comment"),
    ({"comment": {"text": "x"}}, "bad_field", "comment"),
    ({"showing": 5}, "bad_field", "showing"),
    ({"rater": 1}, "unknown_field", "rater"),
]


@pytest.mark.parametrize(("change", "code", "field"), BAD_VOTES, ids=[str(row[0])[:40] for row in BAD_VOTES])
def test_a_malformed_vote_is_refused_by_the_name_of_its_field(
    site: Site, ann: TestClient, change: dict[str, object], code: str, field: str
) -> None:
    response = ann.post("/api/vote", json={"token": token(site), "choice": "tie", **change})
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert f"“{field}”" in response.json()["error"]
    assert not site.voting.votes


BAD_BODIES = [
    b"{",
    b"[]",
    b"null",
    b'"vote"',
    b"token=x",
    b'{"token": NaN}',
    b'{"seconds": Infinity}',
    b"\xff\xfe{}",
    b'{"comment": "\\ud800"}',
    b'{"comment": "\xff"}',
    b"[" * 100_000,
    b'{"a":' * 30_000,
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=[repr(body[:20]) for body in BAD_BODIES])
def test_a_body_that_is_no_json_object_is_refused(ann: TestClient, body: bytes) -> None:
    response = ann.post("/api/vote", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "not_json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(site: Site, ann: TestClient, kind: str) -> None:
    body = orjson.dumps({"token": token(site), "choice": "tie"})
    response = ann.post("/api/vote", content=body, headers={"content-type": kind})
    assert (response.status_code, response.json()["code"]) == (415, "not_json")
    assert not site.voting.votes


@pytest.mark.parametrize("campaign", [0, -1, 1.5, "1", True, 2**63, [1]])
def test_a_campaign_is_selected_by_its_id(ann: TestClient, campaign: object) -> None:
    response = ann.post("/api/compare", json={"campaign": campaign})
    assert (response.status_code, response.json()["code"]) == (400, "bad_field")


def test_a_campaign_that_is_not_open_to_a_rater_is_not_found(ann: TestClient) -> None:
    response = ann.post("/api/compare", json={"campaign": 2})
    assert (response.status_code, response.json()["code"]) == (404, "unknown_campaign")


@pytest.mark.parametrize("path", ["/api/vote", "/api/skip", "/api/shown"])
def test_somebody_elses_ballot_cannot_be_touched(site: Site, ann: TestClient, path: str) -> None:
    body: dict[str, object] = {"token": token(site, 1, "root")}
    body |= {"choice": "tie"} if path == "/api/vote" else {"reason": "other"} if path == "/api/skip" else {}
    response = ann.post(path, json=body)
    assert (response.status_code, response.json()["code"]) == (404, "unknown_ballot")
    assert not (site.voting.votes or site.voting.skips or site.voting.seen)


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (StoreBusy("file is locked"), 503, "busy"),
        (NotAllowed("belongs to rev"), 403, "not_allowed"),
        (BadInput("row 7 is odd"), 400, "bad_input"),
    ],
)
def test_expected_failures_have_their_own_status_and_no_detail(
    site: Site, ann: TestClient, failure: Exception, status: int, code: str
) -> None:
    site.voting.failure = failure
    response = ann.post("/api/compare", json={})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert str(failure) not in response.text


def test_an_anonymous_error_is_in_the_language_of_the_browser(site: Site) -> None:
    with site.visitor(language="zh-TW,zh;q=0.9,en;q=0.8") as client:
        response = client.post("/api/vote", json={})
    assert response.status_code == 401
    assert response.json() == {"error": "您已退出登录。请重新登录后继续。", "code": "signed_out"}


def test_the_chosen_language_is_kept_in_the_account_and_in_the_browser(site: Site, ann: TestClient) -> None:
    assert ann.get("/api/texts").json() == {"next": "Next pair"}
    response = ann.post("/api/language", json={"language": "zh"})
    assert response.json() == {"ok": True}
    assert "evenhand_language=zh" in response.headers["set-cookie"]
    with site.database.reading() as session:
        assert person_named(session, "ann").language == "zh"
    assert ann.get("/api/texts").json() == {"next": "下一对"}
    assert ann.post("/api/compare", json={}).json()["language"] == "zh"
    assert "字段" in ann.post("/api/vote", json={}).json()["error"]


@pytest.mark.parametrize("language", ["fr", "", None, 1, ["en"], "zh\r\nset-cookie: a=b"])
def test_a_language_that_is_not_offered_changes_nothing(site: Site, ann: TestClient, language: object) -> None:
    response = ann.post("/api/language", json={"language": language})
    assert (response.status_code, response.json()["code"]) == (400, "bad_field")
    assert "set-cookie" not in response.headers


def test_an_ended_session_votes_no_more(site: Site, ann: TestClient) -> None:
    assert ann.post("/api/compare", json={}).status_code == 200
    assert ann.post("/logout").status_code == 303
    with site.visitor() as stranger:
        stranger.cookies.update(ann.cookies)
        assert stranger.post("/api/vote", json={"token": token(site), "choice": "tie"}).status_code == 401
    assert not site.voting.votes


def _pair(name: str) -> dict[str, object]:
    texts = {"question": "<p>Q</p>", "left": "<p>left</p>", "right": "<p>right</p>"}
    pictures: dict[str, object] = {f"{part}_pictures": [] for part in texts}
    return {"token": name, **texts, "recorded": None, "scores": [], **pictures}
