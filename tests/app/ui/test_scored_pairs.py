"""The Compare page of a campaign that asks for scores of both responses, and corrects answers to practice items."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from arena.campaigns.gold_files import GoldRow, add_gold_rows
from storage.campaigns.campaigns import add_scale
from storage.campaigns.rules import QualityRules, set_rules
from storage.database.columns import table_of
from storage.database.ledger_tables import Satisfaction
from storage.database.tables import Campaign
from storage.ledger.battle_reading import Selection
from storage.ledger.scores import read_scores
from storage.values import RatingLayout, Winner
from tests.accessibility import violations
from tests.app.compare_store import MODELS
from tests.app.ui.conftest import PHONE, Start, Visit
from tests.clocks import START

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.chromium

SHOTS = os.environ.get("EVENHAND_SHOTS")


def shot(page: "Page", name: str) -> None:
    """Keep a picture where a person wants to look at it."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def scored(site: Visit) -> None:
    """Have the campaign ask for scores, begin with a practice item and tell its answer, without the strength."""
    with site.database.writing() as session:
        campaign = table_of(Campaign)
        values = {"dimensions": ["overall", "Tone"], "scale_low": 1.0, "scale_high": 5.0}
        session.execute(update(campaign).where(campaign.c.id == site.campaign).values(values))
        add_scale(session, site.campaign, labels={}, layout=RatingLayout.single)
        title = session.get_one(Campaign, site.campaign).name
        gold = GoldRow("f", title, "0", MODELS[0], MODELS[1], Winner.tie, None, None, None, "Both say the same.", True)
        add_gold_rows(session, site.campaign, [gold], now=START)
        set_rules(session, site.campaign, QualityRules(onboarding_feedback=True, ask_strength=False))


def score_rows(site: Visit) -> list[tuple[str, str, float | None]]:
    with site.database.reading() as session:
        chosen = select(Satisfaction).where(col(Satisfaction.rater_id) == site.rater)
        rows = session.execute(chosen.order_by(col(Satisfaction.position))).scalars()
        return [(row.dimension, row.state, row.score) for row in rows]


def test_both_responses_are_scored_after_a_vote_by_keys_alone(visit: Start) -> None:
    site = visit(keep="own")
    scored(site)
    site.begin()
    page = site.page
    first = site.ready()
    page.keyboard.press("1")
    page.wait_for_selector(".ev-scoring:not([hidden]) .rt-row.is-current")
    assert site.rows() == [], "the choice waits for the scores"
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-part=choices]:not([hidden])")
    page.keyboard.press("2")
    page.wait_for_selector(".ev-scoring:not([hidden])")
    for key in ("4", "x", "2"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert "every line" in page.inner_text("[data-part=status]")
    page.reload()
    assert site.ready() == first
    page.keyboard.press("2")
    page.wait_for_selector("[data-response='0'][data-dimension=overall] [data-value='4'][aria-checked=true]")
    assert violations(page) == []
    shot(page, "scored-pairs")
    page.keyboard.press("5")
    with page.expect_response("**/api/vote"):
        page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] .ev-expected")
    assert page.inner_text(".ev-expected") == "Expected: Tie. You chose: B is better."
    assert page.inner_text(".ev-expected-why") == "Both say the same."
    assert violations(page) == []
    shot(page, "expected-answer")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.get_attribute("[data-tool=undo]", "aria-disabled") == "true", "an answer that was told stays"
    assert [row.winner for row in site.rows()] == ["model_b"]
    given = [
        ("overall", "scored", 4.0),
        ("Tone", "cannot_judge", None),
        ("overall", "scored", 2.0),
        ("Tone", "scored", 5.0),
    ]
    assert score_rows(site) == given
    go_on_without_and_with_scores(site)


def go_on_without_and_with_scores(site: Visit) -> None:
    """Two votes more: one alone, one with scores; only the scores of the ordinary pair count."""
    page = site.page
    site.ready()
    page.keyboard.press("3")
    page.wait_for_selector(".ev-scoring:not([hidden])")
    with page.expect_response("**/api/vote"):
        page.keyboard.press("w")
    site.ready()
    page.keyboard.press("1")
    page.wait_for_selector(".ev-scoring:not([hidden])")
    for key in ("5", "4", "3", "3"):
        page.keyboard.press(key)
    with page.expect_response("**/api/vote"):
        page.keyboard.press("Enter")
    site.ready()
    assert [row.winner for row in site.rows()] == ["model_b", "tie", "model_a"]
    with site.database.reading() as session:
        counted = read_scores(session, Selection(campaign=site.campaign))
    assert (len(counted), counted.counts) == (4, {"onboarding": 4})
    page.keyboard.press("r")
    page.wait_for_selector("[data-part=details]:not([hidden])")
    assert not page.is_visible("[data-part=strength]"), "the campaign does not ask how much better"
    site.ready()
    with page.expect_response("**/api/undo"):
        page.keyboard.press("u")
    site.ready()
    page.keyboard.press("1")
    page.wait_for_selector("[data-response='1'][data-dimension=Tone] [data-value='3'][aria-checked=true]")
    with page.expect_response("**/api/vote"):
        page.keyboard.press("Enter")
    change_the_vote_with_its_scores(site)
    assert site.problems == []
    sent = [body for _, body in site.bodies]
    assert [name for body in sent for name in MODELS if name.lower().encode() in body.lower()] == []


def change_the_vote_with_its_scores(site: Visit) -> None:
    """The scores of a changed vote are asked again with the old ones in place, and go when they are left out."""
    page = site.page
    for last, standing in (("Enter", 4), ("w", 0)):
        site.ready()
        page.keyboard.press("h")
        page.click("button.ev-history-line >> nth=0")
        page.wait_for_selector("[data-part=changing]:not([hidden])")
        site.ready()
        page.keyboard.press("2")
        page.wait_for_selector(".ev-scoring:not([hidden])")
        if standing:
            page.wait_for_selector("[data-response='1'][data-dimension=Tone] [data-value='3'][aria-checked=true]")
            assert "go with the changed vote" in page.inner_text(".ev-scoring .ui-hint")
            assert violations(page) == []
            shot(page, "changed-scores")
        with page.expect_response("**/api/change"):
            page.keyboard.press(last)
        page.wait_for_selector("[data-part=changing]", state="hidden")
        with site.database.reading() as session:
            assert len(read_scores(session, Selection(campaign=site.campaign))) == standing
    assert site.rows()[-1].winner == "model_b"


def test_on_a_phone_in_chinese_the_scales_stand_below_each_other(visit: Start) -> None:
    site = visit(viewport=PHONE, scheme="dark", language="zh")
    scored(site)
    site.begin()
    page = site.page
    site.ready()
    page.click("[data-choice=tie]")
    page.wait_for_selector(".ev-scoring:not([hidden]) .rt-row.is-current")
    assert page.inner_text("#ev-scoring-title") == "您的选择：平局。两个回答各得几分？"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert violations(page) == []
    shot(page, "scored-pairs-zh-phone")
