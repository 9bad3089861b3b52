"""Images in the live arena over the network: who may send what, whom they go to, and what is refused."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.models.moderation_settings import ModerationSettings
from app.web.accounts.sessions import COOKIE
from arena.live.pictures import LARGEST_PICTURE, MOST_UPLOADS, LivePictures
from arena.live.records import TooManyPictures
from storage.accounts.raters import erase_person
from storage.conversations.live_campaigns import LiveSettings, switch_model
from storage.conversations.uploads import own_uploads, search_pictures
from storage.database.conversation_tables import Conversation, PictureUpload
from storage.database.engine import open_database
from storage.database.media_table import Media
from storage.database.tables import Model, Question
from storage.errors import NotFound
from storage.media.pictures import clean_picture, digest_of
from storage.media.stored_pictures import add_pictures, erase_picture
from storage.values import turn_images, turn_text
from tests.app.live.scripted import LiveSite, live_site
from tests.app.running import UnreachableServer
from tests.clocks import START, Clock
from tests.pictures import drawn


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """An arena in which two of three models read images."""
    database = open_database(str(tmp_path_factory.mktemp("live") / "live.db"))
    words = ModerationSettings(words=("forbidden",))
    with live_site(database, LiveSettings(most_turns=3), words, seeing=("wren-2b", "finch-7b")) as built:
        yield built
    database.close()


@pytest.fixture(autouse=True)
def _no_open_conversation(site: LiveSite) -> Iterator[None]:
    yield
    for script in site.scripts.values():
        script.requests.clear()
        script.fault = ""
    for name in site.cookies:
        talk = site.post("/api/live/state", name)["conversation"]
        if talk is not None:
            site.post("/api/live/leave", name, token=talk["token"])


def send(
    site: LiveSite, data: bytes, name: str = "ann", *, kind: str = "image/png", query: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Send a file as the page does: the status and the reply."""
    headers = {"Content-Type": kind, "Origin": site.url, "Cookie": f"{COOKIE}={site.cookies.get(name, '')}"}
    query = f"campaign={site.campaign}" if query is None else query
    status, body = request(site, "POST", f"/api/live/picture?{query}", data, headers)
    return status, json.loads(body)


def request(site: LiveSite, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    place = urlsplit(site.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    try:
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def attached(site: LiveSite, shade: int, name: str = "ann") -> str:
    """The digest of a new image of a rater."""
    status, reply = send(site, drawn(shade), name)
    assert status == 200, reply
    return str(reply["url"]).removeprefix("/media/")


def fetched(site: LiveSite, digest: str, name: str = "ann") -> int:
    return request(site, "GET", f"/media/{digest}", None, {"Cookie": f"{COOKIE}={site.cookies[name]}"})[0]


def begin(site: LiveSite, pictures: list[str], name: str = "ann") -> dict[str, Any]:
    return site.post("/api/live/begin", name, campaign=site.campaign, prompt="What is on it?", pictures=pictures)


def test_a_prompt_with_images_goes_to_models_that_read_them_and_becomes_a_question(site: LiveSite) -> None:
    told = site.post("/api/live/state")["campaign"]["images"]
    assert told == {
        "refusal": None,
        "most": 10,
        "bytes": LARGEST_PICTURE,
        "types": ["image/png", "image/jpeg", "image/webp"],
        "longest": 300,
    }
    one, other = attached(site, 1), attached(site, 2)
    for _ in range(4):
        talk = site.settled(begin(site, [one, other])["token"])
        assert [line["url"] for line in talk["turns"][0]["pictures"]] == [f"/media/{one}", f"/media/{other}"]
        assert {(line["width"], line["height"], line["alt"]) for line in talk["turns"][0]["pictures"]} == {(48, 32, "")}
        site.post("/api/live/vote", token=talk["token"], choice="tie")
    assert site.scripts["robin-1b"].requests == []
    assert site.scripts["wren-2b"].requests and site.scripts["finch-7b"].requests
    with site.database.reading() as session:
        question = session.execute(select(Question).order_by(col(Question.id).desc())).scalars().first()
        talks = session.execute(select(Conversation).order_by(col(Conversation.id).desc())).scalars().first()
    assert question is not None and talks is not None
    assert (question.source, question.private, talks.probability_drawn) == ("live", True, 1.0)
    assert [part["media"] for part in turn_images((question.turns or [])[0])] == [one, other]
    assert turn_text((question.turns or [])[0]) == "What is on it?\n\n[image]\n\n[image]"


def test_what_a_rater_says_an_image_shows_is_kept_with_it_and_never_told_to_models(site: LiveSite) -> None:
    one, other = attached(site, 1), attached(site, 2)
    begun = site.post(
        "/api/live/begin",
        campaign=site.campaign,
        prompt="What is on it?",
        pictures=[one, other],
        descriptions=[" a red square ", ""],
    )
    talk = site.settled(begun["token"])
    assert [line["alt"] for line in talk["turns"][0]["pictures"]] == ["a red square", ""]
    site.post("/api/live/vote", token=talk["token"], choice="tie")
    with site.database.reading() as session:
        question = session.execute(select(Question).order_by(col(Question.id).desc())).scalars().first()
    assert question is not None
    assert [part["alt"] for part in turn_images((question.turns or [])[0])] == ["a red square", ""]
    assert "red square" not in str([script.requests for script in site.scripts.values()])


def test_moderation_reads_descriptions_with_the_prompt_and_nothing_is_stored_of_what_it_refuses(site: LiveSite) -> None:
    with pytest.raises(UnreachableServer) as refused:
        site.post(
            "/api/live/begin",
            campaign=site.campaign,
            prompt="What is on it?",
            pictures=[attached(site, 5)],
            descriptions=["a forbidden sign"],
        )
    assert (refused.value.status, refused.value.reply["code"]) == (400, "prompt_refused")
    assert site.post("/api/live/state")["conversation"] is None


@pytest.mark.parametrize(
    "descriptions",
    ["a square", [1], ["one", "too many"], ["x" * 301], ["nul \x00"]],
    ids=["text", "number", "2", "301", "nul"],
)
def test_descriptions_that_cannot_be_stored_are_refused(site: LiveSite, descriptions: object) -> None:
    with pytest.raises(UnreachableServer) as refused:
        site.post(
            "/api/live/begin",
            campaign=site.campaign,
            prompt="What is on it?",
            pictures=[attached(site, 3)],
            descriptions=descriptions,
        )
    assert (refused.value.status, refused.value.reply["code"]) == (400, "bad_field")


def test_images_go_on_only_where_the_conversation_began_with_one(site: LiveSite) -> None:
    first, second = attached(site, 3), attached(site, 4)
    talk = site.settled(begin(site, [first])["token"])
    assert talk["may_attach"]
    site.post("/api/live/go-on", token=talk["token"], prompt="And this?", pictures=[second])
    talk = site.settled(talk["token"])
    assert [line["url"] for line in talk["turns"][1]["pictures"]] == [f"/media/{second}"]
    site.post("/api/live/leave", token=talk["token"])
    talk = site.talked()
    assert not talk["may_attach"] and "pictures" not in talk["turns"][0]
    with pytest.raises(UnreachableServer) as refused:
        site.post("/api/live/go-on", token=talk["token"], prompt="And this?", pictures=[second])
    assert (refused.value.status, refused.value.reply["code"]) == (400, "wrong_pictures")


def test_a_model_that_fails_never_gives_way_to_one_that_reads_no_images(site: LiveSite) -> None:
    site.scripts["wren-2b"].fault = "500"
    talk = site.settled(begin(site, [attached(site, 6)])["token"])
    assert (talk["state"], talk["cause"]) == ("ended", "failed")
    assert site.scripts["robin-1b"].requests == []
    assert site.talked()["state"] == "ready"


def test_a_digest_counts_only_for_the_rater_who_sent_the_image(site: LiveSite) -> None:
    hers = attached(site, 5, "ann")
    assert (fetched(site, hers, "ann"), fetched(site, hers, "bob")) == (200, 404)
    for pictures in ([hers], ["0" * 64], [hers, "0" * 64]):
        with pytest.raises(UnreachableServer) as refused:
            begin(site, pictures, "bob")
        assert (refused.value.status, refused.value.reply["code"]) == (400, "wrong_pictures")
    site.post("/api/live/forget-picture", "bob", picture=hers)
    assert fetched(site, hers, "ann") == 200
    assert attached(site, 5, "bob") == hers
    assert site.settled(begin(site, [hers], "bob")["token"], "bob")["state"] == "ready"


def test_too_many_and_malformed_lists_are_refused(site: LiveSite) -> None:
    eleven = [attached(site, shade) for shade in range(10, 21)]
    with pytest.raises(UnreachableServer) as refused:
        begin(site, eleven)
    assert (refused.value.status, refused.value.reply["code"]) == (400, "wrong_pictures")
    for pictures in ("x", ["x"], [None], [{"media": eleven[0]}], [eleven[0].upper() + "G"]):
        with pytest.raises(UnreachableServer) as refused:
            begin(site, pictures)  # type: ignore[arg-type]
        assert (refused.value.status, refused.value.reply["code"]) == (400, "bad_field")
    assert len(site.settled(begin(site, eleven[:10])["token"])["turns"][0]["pictures"]) == 10


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"hello", "image/png", 400, "bad_picture"),
        (b"", "image/png", 400, "bad_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png", 400, "bad_picture"),
        (b"<svg/>", "image/svg+xml", 415, "bad_picture"),
        (drawn(7), "application/json", 415, "bad_picture"),
        (drawn(7)[:60], "image/png", 400, "bad_picture"),
        (drawn(7).ljust(LARGEST_PICTURE + 1, b"\x00"), "image/png", 413, "picture_too_large"),
    ],
)
def test_what_is_no_image_is_refused_in_a_sentence(
    site: LiveSite, data: bytes, kind: str, status: int, code: str
) -> None:
    got, reply = send(site, data, kind=kind)
    assert (got, reply["code"]) == (status, code)
    assert reply["error"].endswith(".")


def test_sending_needs_a_session_a_campaign_and_the_own_page(site: LiveSite) -> None:
    assert send(site, drawn(8), "nobody")[0] == 401
    for query in ("", "campaign=99", "campaign=x", "campaign=-1", "campaign=" + "9" * 30):
        assert send(site, drawn(8), query=query)[0] == 404
    headers = {
        "Content-Type": "image/png",
        "Origin": "http://evil.example",
        "Cookie": f"{COOKIE}={site.cookies['ann']}",
    }
    assert request(site, "POST", f"/api/live/picture?campaign={site.campaign}", drawn(8), headers)[0] == 403


def test_a_large_body_is_taken_at_that_address_only(site: LiveSite) -> None:
    headers = {"Content-Type": "application/json", "Origin": site.url, "Cookie": f"{COOKIE}={site.cookies['ann']}"}
    assert request(site, "POST", "/api/live/begin", b"x" * 300_000, headers)[0] == 413
    large = drawn(9, size=(400, 400), kind="PNG", compress_level=0)
    assert len(large) > 300_000
    assert send(site, large)[0] == 200


def test_an_image_that_is_left_out_is_deleted_and_one_that_was_sent_is_not(site: LiveSite) -> None:
    left_out, sent = attached(site, 30), attached(site, 31)
    site.post("/api/live/forget-picture", picture=left_out)
    assert fetched(site, left_out) == 404
    with site.database.reading() as session:
        assert session.get(Media, left_out) is None
    with pytest.raises(UnreachableServer) as refused:  # as from a second tab that still shows it
        begin(site, [left_out])
    assert refused.value.reply["code"] == "wrong_pictures"
    assert attached(site, 30) == left_out
    begin(site, [sent])
    site.post("/api/live/forget-picture", picture=sent)
    assert fetched(site, sent) == 200


def test_known_bytes_are_taken_without_decoding_them_again(site: LiveSite) -> None:
    known = b"bytes that no decoder reads"
    picture = replace(clean_picture(drawn(33)), origin=digest_of(known))
    with site.database.writing() as session:
        add_pictures(session, [picture], START)
    for name in ("ann", "bob"):
        status, reply = send(site, known, name)
        assert (status, reply["url"], reply["width"]) == (200, f"/media/{picture.sha256}", picture.width)
        assert fetched(site, picture.sha256, name) == 200
    with site.database.writing() as session:
        erase_picture(session, picture.sha256, START)
    assert send(site, known)[1]["code"] == "picture_erased"


def test_attempts_count_also_where_nothing_of_them_stays(site: LiveSite) -> None:
    clock = Clock(START + timedelta(days=365))
    rater, picture = site.raters["bob"], clean_picture(drawn(34))
    pictures = LivePictures(site.database, clock=clock)
    for _ in range(MOST_UPLOADS):
        pictures.admit(rater, site.campaign)
    pictures.add(rater, picture)
    pictures.forget(rater, picture.sha256)
    with pytest.raises(TooManyPictures):
        pictures.admit(rater, site.campaign)
    clock.forward(days=1)
    pictures.admit(rater, site.campaign)
    with pytest.raises(NotFound):
        pictures.admit(rater, 99)


def test_images_that_were_never_sent_on_go_after_a_day(site: LiveSite) -> None:
    clock = Clock()
    rater = site.raters["rita"]
    pictures = LivePictures(site.database, clock=clock)
    old, again, new = (clean_picture(drawn(shade)) for shade in (35, 36, 37))
    pictures.add(rater, old)
    pictures.add(rater, again)
    clock.forward(days=1)
    pictures.add(rater, again)
    pictures.add(rater, new)
    clock.forward(seconds=1)
    assert pictures.add_known(rater, b"something else") is None
    with site.database.reading() as session:
        assert own_uploads(session, rater, [old.sha256, again.sha256, new.sha256]) == {again.sha256, new.sha256}
        assert session.get(Media, old.sha256) is None


def test_it_is_said_when_fewer_than_two_models_read_images(site: LiveSite) -> None:
    picture = attached(site, 32)
    with site.database.reading() as session:
        wren = session.execute(select(col(Model.id)).where(col(Model.name) == "wren-2b")).scalar_one()
    for is_on in (False, True):
        with site.database.writing() as session:
            switch_model(session, int(wren or 0), is_on=is_on, actor_id=None, now=START)
        told = site.post("/api/live/state")["campaign"]["images"]["refusal"]
        assert told == (None if is_on else "too_few")
        if not is_on:
            with pytest.raises(UnreachableServer) as refused:
                begin(site, [picture])
            assert (refused.value.status, refused.value.reply["code"]) == (400, "too_few_see")
            assert site.talked("bob")["state"] == "ready"


def test_erasing_a_person_erases_the_images_that_nobody_else_shows(site: LiveSite) -> None:
    own, unsent, shared = attached(site, 40, "bob"), attached(site, 41, "bob"), attached(site, 42, "bob")
    assert attached(site, 42, "ann") == shared
    talk = site.settled(begin(site, [own, shared], "bob")["token"], "bob")
    site.post("/api/live/vote", "bob", token=talk["token"], choice="tie")
    with site.database.writing() as session:
        erase_person(session, site.raters["bob"], search_pictures(session, site.raters["bob"]), now=START)
    site.cookies.pop("bob")
    with site.database.reading() as session:
        assert session.get(Media, unsent) is None
        gone, kept = session.get(Media, own), session.get(Media, shared)
        assert gone is not None and kept is not None
        assert (gone.data, gone.erased_at) == (None, START)
        assert kept.data is not None
        assert (
            session.execute(select(PictureUpload).where(col(PictureUpload.rater_id) == site.raters["bob"])).first()
            is None
        )
    assert send(site, drawn(40))[1]["code"] == "picture_erased"


def test_a_campaign_without_images_takes_none(tmp_path: Any) -> None:
    database = open_database(str(tmp_path / "off.db"))
    with live_site(database, LiveSettings(images=False), seeing=("wren-2b", "finch-7b")) as site:
        assert site.post("/api/live/state")["campaign"]["images"]["refusal"] == "off"
        assert send(site, drawn(1))[1]["code"] == "pictures_off"
    database.close()
