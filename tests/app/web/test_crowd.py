"""Crowd links: consent, two tries at the check, one account a person, and the code only for work that is done."""

from pathlib import Path

from app.web import wording
from app.web.accounts.sessions import COOKIE
from arena.campaigns.open_ballots import VoteInput
from storage.accounts.crowd import CheckQuestion, CrowdTerms, set_crowd_terms
from storage.accounts.raters import people
from storage.campaigns.campaigns import rater_ids, set_state
from storage.values import CampaignState, Winner
from tests.app.site import make_site
from tests.arena.small_campaign import make_arena
from tests.clocks import START
from tests.stores import open_store

TERMS = CrowdTerms(
    "secret-token",
    consent="We store **your votes** only.",
    questions=(CheckQuestion("Is longer better?", ("Yes", "No"), 1), CheckQuestion("May you skip?", ("Yes", "No"), 0)),
    completion_code="C0DE-7",
    return_url="https://platform.example/done",
)
RIGHT, WRONG = {"step": "check", "q0": "1", "q1": "0"}, {"step": "check", "q0": "0", "q1": "0"}


def test_a_person_of_a_platform_agrees_passes_votes_and_gets_the_code(tmp_path: Path) -> None:
    database = open_store(tmp_path / "evenhand.db")
    site, arena = make_site(database), make_arena(database, n_questions=1)
    with database.writing() as session:
        set_crowd_terms(session, arena.campaign, TERMS)
    link = "/join/secret-token?PROLIFIC_PID=abc123"
    with site.visitor() as visitor:
        assert visitor.get("/join/other?PROLIFIC_PID=abc").status_code == 404
        dead = visitor.get("/join/other?PROLIFIC_PID=abc", headers={"accept-language": "zh-CN,zh;q=0.9"}).text
        assert 'lang="zh-CN"' in dead
        assert all(part in dead for part in wording.text("zh", "error_dead_crowd").split("。"))
        assert "ui-button" not in dead, "the start page has no way in for people of a platform"
        assert "PROLIFIC_PID" in visitor.get("/join/secret-token").text
        assert "<strong>your votes</strong>" in visitor.get(link).text
        declined = visitor.post(link, data={"step": "decline"})
        assert declined.status_code == 200 and "You are not taking part" in declined.text
        assert "your votes" in visitor.get(link).text, "nothing is kept of somebody who declines"
        assert visitor.post(link, data=RIGHT).status_code == 200, "the check before the consent does nothing"
        first = visitor.post(link, data={"step": "consent"}).text
        assert "Is longer better?" in first and "<details>" in first
        again = visitor.post(link, data=WRONG)
        assert "<details open>" in again.text, "the guidelines are open at the second try"
        assert "Tries left: 1" in visitor.get(link).text, "a reload keeps what was wrong"
        assert "Tries left: 1" in again.text and COOKIE not in visitor.cookies
        entered = visitor.post(link, data=RIGHT)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert "already sent stay saved" in visitor.post(link, data={"step": "decline"}).text, "from a page left open"
        assert visitor.get(link).status_code == 303, "the same address leads back to the same account"
        json = {"content-type": "application/json"}
        assert visitor.post("/api/completion", content="{}", headers=json).json() == {}, "nothing is done yet"
        with database.reading() as session:
            person = next(one for one in people(session) if one.username.startswith("crowd-"))
            assert person.rater_id in rater_ids(session, arena.campaign)
            assert sum(one.username.startswith("crowd-") for one in people(session)) == 1
            assert "abc123" not in person.username
        ballots = arena.voting.open_ballots(person.rater_id)
        while ballots.current is not None:
            assert visitor.post("/api/completion", content="{}", headers=json).json() == {}
            ballots = arena.voting.vote(person.rater_id, ballots.current.token, VoteInput(Winner.tie, seconds=9.0))
        done = visitor.post("/api/completion", content="{}", headers=json).json()
        assert (done["code"], done["url"]) == ("C0DE-7", "https://platform.example/done")
    with site.visitor() as other:
        second = "/join/secret-token?PROLIFIC_PID=xyz"
        other.post(second, data={"step": "consent"})
        other.post(second, data=WRONG)
        assert "cannot take part" in other.post(second, data=WRONG).text
        assert other.post(second, data=RIGHT).status_code == 403, "two tries are two tries"
        with database.writing() as session:
            set_state(session, arena.campaign, CampaignState.closed, now=START)
        assert other.get(link).status_code == 404
    database.close()


def test_a_question_without_an_answer_is_said_at_it_and_costs_no_try(tmp_path: Path) -> None:
    database = open_store(tmp_path / "evenhand.db")
    site, arena = make_site(database), make_arena(database, n_questions=1)
    with database.writing() as session:
        set_crowd_terms(session, arena.campaign, TERMS)
    link = "/join/secret-token?PROLIFIC_PID=abc123"
    with site.visitor() as visitor:
        visitor.post(link, data={"step": "consent"})
        for _ in range(3):
            partial = visitor.post(link, data={"step": "check", "q0": "0"}).text
        assert wording.text("en", "check_missing", n=2) in partial and "<details>" in partial
        first, second = partial.split("<fieldset")[1:]
        assert 'aria-describedby="q1-error"' in second and "q0-error" not in first
        assert first.count("checked") == 1, "what was chosen stays chosen"
        visitor.post(link, data=WRONG)
        partial = visitor.post(link, data={"step": "check", "q1": "0"}).text
        assert "Tries left: 1" in partial and "<details open>" in partial
        assert visitor.post(link, data=RIGHT).status_code == 303
    database.close()
