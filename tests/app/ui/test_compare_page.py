"""The Compare page in a Chromium that playwright drives: voting, skipping, undoing, and what is stored."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage.campaigns.campaigns import set_guidelines
from storage.database.ledger_tables import Comment
from storage.values import BallotState
from tests.app.ui.conftest import READY, Start

pytestmark = pytest.mark.chromium


def test_a_key_votes_saves_and_shows_the_next_pair_from_its_top_with_one_request(visit: Start) -> None:
    long = "A line of a long response.\n\n" * 200
    site = visit(questions={f"Question {i}?": (long, long + "b", long + "c") for i in range(4)})
    site.begin()
    shown = [site.ready()]
    site.requests.clear()
    for key in "1234":
        for part in ("left", "right"):
            site.page.evaluate(f"document.querySelector('[data-part={part}]').scrollTop = 400")
        shown.append(site.vote(key))
        for part in ("left", "right"):
            assert site.page.evaluate(f"document.querySelector('[data-part={part}]').scrollTop") == 0
        assert site.page.evaluate("window.scrollY") == 0
    paths = [url.removeprefix(site.url) for url in site.requests]
    assert paths == ["/api/vote"] * 4, "one request a vote, and no event of Gradio"
    assert len(set(shown)) == 5
    assert [row.winner for row in site.rows()] == ["model_a", "model_b", "tie", "both_bad"]
    assert all(row.seconds is not None and row.blind for row in site.rows())
    assert site.page.get_attribute("[data-part=track]", "aria-valuenow") == "4"
    voted = site.ballots(BallotState.voted)
    assert len(voted) == 4 and all(ballot.shown_at is not None for ballot in voted)


def test_undo_shows_the_pair_again_with_the_old_vote_marked(visit: Start) -> None:
    site = visit()
    site.begin()
    site.ready()
    question = site.page.inner_text("[data-part=question]")
    site.vote("1")
    site.ready()
    with site.page.expect_response("**/api/undo"):
        site.page.keyboard.press("u")
    site.page.wait_for_selector("[data-choice=model_a][aria-pressed=true]")
    assert site.page.inner_text("[data-part=question]") == question
    assert site.page.get_attribute("[data-choice=model_a]", "aria-pressed") == "true"
    site.vote("2")
    first, undone, second = site.rows()
    assert [row.winner for row in (first, undone, second)] == ["model_a", None, "model_b"]
    assert [row.supersedes for row in (first, undone, second)] == [None, first.position, undone.position]


def test_skip_asks_for_a_reason_and_a_comment_and_a_flag_travel_with_the_vote(visit: Start) -> None:
    site = visit()
    site.begin()
    site.ready()
    site.page.keyboard.press("s")
    site.page.wait_for_selector("[data-part=reason-dialog][open]")
    site.page.keyboard.press("1")
    with site.page.expect_response("**/api/skip"):
        site.page.keyboard.press("Enter")
    site.ready()
    site.page.keyboard.press("f")
    site.page.wait_for_selector("[data-part=reason-dialog][open]")
    site.page.keyboard.press("6")
    site.page.keyboard.press("Enter")
    site.page.wait_for_selector("[data-part=reason-dialog][open]", state="detached")
    site.page.keyboard.press("c")
    site.page.keyboard.type("1 and 2 are typed here, they do not vote")
    site.page.keyboard.press("Escape")
    site.vote("3")
    rows = site.rows()
    assert [row.winner for row in rows] == ["tie"]
    assert rows[0].flag == "broken"
    (skipped,) = site.ballots(BallotState.skipped)
    with site.database.reading() as session:
        comment = session.execute(select(Comment)).scalar_one()
    assert skipped.reason == "cannot_judge"
    assert comment.body == "1 and 2 are typed here, they do not vote"


def test_the_work_ends_with_a_done_page_that_can_go_back(visit: Start) -> None:
    site = visit(questions={"One question?": ("left", "right")})
    site.begin()
    site.vote("3")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    site.page.get_by_role("button", name="Go back to the last pair").click()
    site.ready()
    assert [row.winner for row in site.rows()] == ["tie", None]


def test_a_vote_that_cannot_be_saved_comes_back_and_new_guidelines_are_shown_before_the_next(visit: Start) -> None:
    site = visit()
    site.begin()
    first = site.ready()
    site.page.route("**/api/vote", lambda route: route.abort())
    site.page.keyboard.press("1")
    site.page.wait_for_selector("[data-part=alert]:not(:empty)")
    assert site.page.get_attribute("#ev-compare", "data-token") == first
    site.page.unroute("**/api/vote")
    with site.database.writing() as session:
        set_guidelines(
            session, site.campaign, "只看是否**友善**。\n\n---\n\nJudge by **kindness** alone.", now=datetime.now(UTC)
        )
    site.vote("1")
    assert [row.winner for row in site.rows()] == ["model_a"], "nothing is lost, and nothing counts twice"
    site.page.wait_for_selector("[data-part=guidelines-dialog][open]")
    blocks = site.page.locator("[data-part=guidelines] > [lang]")
    assert blocks.all_inner_texts() == ["Judge by kindness alone.", "只看是否友善。"], "the reader's language first"
    assert [block.get_attribute("lang") for block in blocks.all()] == ["en", "zh-CN"]
    site.page.keyboard.press("Enter")
    site.page.wait_for_selector("dialog[open]", state="detached")
    site.vote("2")
    assert len(site.rows()) == 2


def test_a_second_tab_does_not_count_a_pair_twice(visit: Start) -> None:
    site = visit()
    site.begin()
    token = site.ready()
    tab = site.page.context.new_page()
    tab.goto(site.url)
    tab.wait_for_selector(f"#ev-compare[data-token='{token}']")
    site.vote("1")
    tab.wait_for_selector(READY)
    with tab.expect_response("**/api/vote"):
        tab.keyboard.press("2")
    tab.wait_for_selector(f"{READY}:not([data-token='{token}'])")
    assert [row.winner for row in site.rows()] == ["model_a"]
