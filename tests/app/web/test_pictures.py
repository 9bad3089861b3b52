"""`GET /media/<sha256>`: every right and every refusal, the headers, and sites below a path."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from httpx2 import Response as Answer
from sqlalchemy import delete
from starlette.testclient import TestClient

from app.web.connections.proxies import BehindProxy
from storage.conversations.uploads import add_upload
from storage.database.conversation_tables import Conversation, PictureUpload
from storage.database.engine import Database
from storage.database.tables import Ballot, BallotResponse, Campaign, Model, Question, Response
from storage.media.pictures import Picture
from storage.media.stored_pictures import erase_picture
from storage.values import BallotState, CampaignKind, ConversationState
from tests.app.site import PAGE, Site, make_site
from tests.clocks import START
from tests.pictures import illustrated, stored
from tests.stores import open_store

HEADERS = {
    "content-type": "image/png",
    "x-content-type-options": "nosniff",
    "content-disposition": "inline",
    "cache-control": "private, no-cache",
    "content-security-policy": "default-src 'none'; sandbox",
}
UNKNOWN = "0" * 64


@dataclass
class Gallery:
    """A site with a question of one picture, three responses with one each, and pictures that nothing shows."""

    site: Site
    question: int
    responses: list[int]
    campaign: int
    shown: Picture
    answered: list[Picture]
    loose: Picture
    erased: Picture

    def get(self, picture: Picture | str, name: str | None = "ann", **headers: str) -> Answer:
        digest = picture if isinstance(picture, str) else picture.sha256
        with self.site.visitor(name) as client:
            return client.get(f"/media/{digest}", headers=headers)

    def statuses(self, name: str | None = "ann") -> list[int]:
        """What the picture of the question, those of the responses and the loose one answer to a visitor."""
        return [self.get(one, name).status_code for one in (self.shown, *self.answered, self.loose)]

    def hold(self, state: BallotState, *, left: timedelta = timedelta(minutes=5), who: str = "ann") -> Ballot:
        """A ballot on the first two responses."""
        number = self.site.raters[who]
        ballot = Ballot(
            campaign_id=self.campaign,
            rater_id=number,
            question_id=self.question,
            response_a_id=self.responses[0],
            response_b_id=self.responses[1],
            swapped=False,
            probability=1.0,
            policy="deficit",
            policy_version=1,
            guidelines_version=1,
            token=f"token-{state}-{number}",
            state=state,
            reserved_at=self.site.clock(),
            expires_at=self.site.clock() + left,
        )
        with self.site.database.writing() as session:
            session.add(ballot)
        return ballot


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_store(tmp_path_factory.mktemp("pictures") / "evenhand.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def made(database: Database) -> Gallery:
    site = make_site(database)
    with database.writing() as session:
        shown, first, second, third, loose, erased = stored(session, 10, 20, 30, 40, 50, 60)
        erase_picture(session, erased.sha256, START)
        model = Model(name="wren-2b")
        asked = illustrated("What is it?", shown, erased, alt="a cross")
        question = Question(source="test", key="q", turns=[asked], created_at=START)
        campaign = Campaign(name="Pictures", kind=CampaignKind.pairwise, policy="deficit", created_at=START)
        session.add_all([model, question, campaign])
        session.flush()
        responses = [
            Response(
                question_id=question.id or 0,
                model_id=model.id or 0,
                turns=[illustrated("Like this:", one)],
                settings_digest=str(number) * 64,
                created_at=START,
            )
            for number, one in enumerate((first, second, third))
        ]
        session.add_all(responses)
        session.flush()
        ids = [int(one.id or 0) for one in responses]
        facts = (int(question.id or 0), ids, int(campaign.id or 0))
    return Gallery(site, *facts, shown, [first, second, third], loose, erased)


@pytest.fixture
def gallery(made: Gallery) -> Iterator[Gallery]:
    """The gallery without ballots and conversations."""
    yield made
    with made.site.database.writing() as session:
        for table in (BallotResponse, Ballot, Conversation, PictureUpload):
            session.execute(delete(table))


def test_nobody_sees_a_picture_without_a_session_a_ballot_or_a_role(gallery: Gallery) -> None:
    assert gallery.statuses(None) == gallery.statuses("ann") == [404] * 5
    assert gallery.get(UNKNOWN, "root").status_code == gallery.get(UNKNOWN, None).status_code == 404
    refused = [gallery.get(gallery.shown, None), gallery.get(UNKNOWN, None), gallery.get(UNKNOWN, "ann")]
    assert len({(one.status_code, one.text) for one in refused}) == 1
    assert gallery.statuses("rev") == gallery.statuses("root") == [200] * 5


@pytest.mark.parametrize("state", [BallotState.reserved, BallotState.shown, BallotState.voted, BallotState.skipped])
def test_a_ballot_opens_its_own_pictures_to_its_own_rater(gallery: Gallery, state: BallotState) -> None:
    gallery.hold(state)
    assert gallery.statuses() == [200, 200, 200, 404, 404]
    assert gallery.statuses(None) == [404] * 5


@pytest.mark.parametrize("state", [BallotState.expired, BallotState.withdrawn])
def test_a_ballot_that_was_taken_back_opens_nothing(gallery: Gallery, state: BallotState) -> None:
    gallery.hold(state)
    assert gallery.statuses() == [404] * 5


def test_an_open_ballot_opens_nothing_once_its_time_is_up_or_for_another_rater(gallery: Gallery) -> None:
    gallery.hold(BallotState.reserved, left=timedelta(seconds=-1))
    gallery.hold(BallotState.shown, who="rev")
    assert gallery.statuses() == [404] * 5


def test_responses_side_by_side_are_all_open(gallery: Gallery) -> None:
    ballot = gallery.hold(BallotState.shown)
    with gallery.site.database.writing() as session:
        number = ballot.id or 0
        beside = [BallotResponse(ballot_id=number, place=n, response_id=one) for n, one in enumerate(gallery.responses)]
        session.add_all(beside)
    assert gallery.statuses() == [200, 200, 200, 200, 404]


def test_a_conversation_opens_its_pictures_and_an_upload_those_of_its_sender(gallery: Gallery) -> None:
    site = gallery.site
    with site.database.writing() as session:
        talk = Conversation(
            campaign_id=gallery.campaign,
            rater_id=site.raters["ann"],
            token="a-conversation",
            model_a_id=1,
            model_b_id=1,
            state=ConversationState.ended,
            turns=["Hello", illustrated("And this?", gallery.answered[2])],
            probability_drawn=1.0,
            probability_shown=1.0,
            guidelines_version=1,
            created_at=START,
        )
        session.add(talk)
    assert gallery.statuses() == [404, 404, 404, 200, 404]
    with site.database.writing() as session:
        add_upload(session, site.raters["ann"], gallery.loose, now=START)
    assert gallery.statuses()[4] == 200


def test_the_headers_are_those_of_the_picture_and_nothing_else(gallery: Gallery) -> None:
    gallery.hold(BallotState.shown)
    answer = gallery.get(gallery.shown)
    assert answer.content == gallery.shown.data
    assert HEADERS.items() <= dict(answer.headers).items()
    assert answer.headers["etag"] == f'"{gallery.shown.sha256}"'
    told = {key: value for key, value in answer.headers.items() if key not in ("etag", "content-length")}
    rest = gallery.get(gallery.answered[0])
    assert told == {key: value for key, value in rest.headers.items() if key not in ("etag", "content-length")}
    assert "last-modified" not in answer.headers and "set-cookie" not in answer.headers
    kept = gallery.get(gallery.shown, **{"if-none-match": answer.headers["etag"]})
    assert (kept.status_code, kept.content, kept.headers["cache-control"]) == (304, b"", "private, no-cache")
    assert gallery.get(gallery.answered[2], **{"if-none-match": f'"{gallery.answered[2].sha256}"'}).status_code == 404


def test_head_and_other_methods(gallery: Gallery) -> None:
    gallery.hold(BallotState.shown)
    with gallery.site.visitor("ann") as client:
        answer = client.head(f"/media/{gallery.shown.sha256}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(gallery.shown.data))
        assert client.head(f"/media/{gallery.loose.sha256}").status_code == 404
        assert client.post(f"/media/{gallery.shown.sha256}").status_code == 405
        assert client.request("DELETE", f"/media/{gallery.shown.sha256}").status_code == 405


@pytest.mark.parametrize(
    "path", ["", "x", UNKNOWN[1:], UNKNOWN + "0", "G" * 64, "%2e%2e/healthz", UNKNOWN + "/", "%00"]
)
def test_what_is_no_digest_is_not_found(gallery: Gallery, path: str) -> None:
    with gallery.site.visitor("root") as client:
        assert client.get(f"/media/{path}").status_code in (404, 307)
        upper = client.get(f"/media/{gallery.shown.sha256.upper()}")
    assert upper.status_code == 404 or gallery.shown.sha256.isdigit()


def test_an_erased_picture_is_gone_with_a_sentence_for_those_who_could_see_it(gallery: Gallery) -> None:
    assert gallery.get(gallery.erased).status_code == 404
    gallery.hold(BallotState.shown)
    answer = gallery.get(gallery.erased)
    assert answer.status_code == 410
    assert answer.json()["error"] == "This image has been deleted."
    page = gallery.get(gallery.erased, "rev", **PAGE | {"accept-language": "zh"})
    assert "此图片已被删除" in page.text
    assert gallery.get(gallery.erased, "rev", **{"if-none-match": f'"{gallery.erased.sha256}"'}).status_code == 410


def test_a_site_below_a_path_serves_pictures_there(gallery: Gallery) -> None:
    gallery.hold(BallotState.shown)
    application = BehindProxy(gallery.site.application, root_path="/arena/lab")
    with gallery.site.visitor("ann") as signed_in:
        client = TestClient(application, "http://testserver", cookies=dict(signed_in.cookies))
        assert client.get(f"/arena/lab/media/{gallery.shown.sha256}").content == gallery.shown.data
        assert client.get(f"/arena/lab/media/{gallery.loose.sha256}").status_code == 404


def test_rights_end_with_the_session_and_the_account(gallery: Gallery) -> None:
    gallery.hold(BallotState.shown)
    site = gallery.site
    with site.visitor("ann") as client:
        assert client.get(f"/media/{gallery.shown.sha256}").status_code == 200
        site.sign_ins.close(dict(client.cookies).popitem()[1])
        assert client.get(f"/media/{gallery.shown.sha256}").status_code == 404
