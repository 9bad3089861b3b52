"""The Compare page in a Chromium: what makes long work pleasant, for every way of using a page."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.campaigns.campaigns import remove_rater, set_state
from storage.values import CampaignState
from tests.accessibility import violations
from tests.app.ui.conftest import PHONE, Start, Visit
from tests.hostile import MARKUP

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.chromium

LONG = "A paragraph of a question that goes on for some time.\n\n" * 30
RIGHT_TO_LEFT = "مرحبا: السعر 5 دولارات (English) فقط."


def text(site: Visit, part: str) -> str:
    return site.page.inner_text(f"[data-part={part}]")


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.dataset.part ?? document.activeElement.localName"))


def test_history_opens_a_vote_again_and_a_change_supersedes_it(visit: Start) -> None:
    site = visit()
    site.begin()
    page = site.page
    page.keyboard.press("m")
    page.keyboard.press("5")
    page.keyboard.press("8")
    assert page.is_visible("[data-part=details]")
    page.reload()
    site.ready()
    assert page.get_attribute("[data-reason=clarity]", "aria-pressed") == "true", "a draft outlives a reload"
    site.vote("1")
    site.vote("3")
    token = site.ready()
    assert text(site, "session") == "2 in this session"
    page.keyboard.press("h")
    page.wait_for_selector("[data-part=history-dialog][open]")
    lines = page.locator(".ev-history-line").all_inner_texts()
    assert [line.splitlines()[-1] for line in lines] == ["Tie", "A is better · Much · Accuracy · Clarity"] or len(
        lines
    ) == 2
    page.locator(".ev-history-line").nth(1).click()
    page.wait_for_selector("[data-part=changing]:not([hidden])")
    assert page.get_attribute("[data-choice=model_a]", "aria-pressed") == "true"
    assert page.get_attribute("[data-strength='2']", "aria-pressed") == "true"
    assert len(site.rows()) == 2, "looking writes nothing"
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#ev-compare[data-token='{token}'][data-armed=yes]")
    page.keyboard.press("h")
    page.locator(".ev-history-line").nth(1).click()
    page.wait_for_selector(f"#ev-compare[data-armed=yes]:not([data-token='{token}'])")
    with page.expect_response("**/api/change"):
        page.keyboard.press("2")
    page.wait_for_selector(f"#ev-compare[data-token='{token}'][data-armed=yes]")
    first, second, changed = site.rows()
    assert (first.winner, first.strength, first.reasons) == ("model_a", 2, ["accuracy", "clarity"])
    assert (second.winner, second.reasons) == ("tie", None)
    assert (changed.winner, changed.supersedes, changed.strength) == ("model_b", first.position, 2)


def test_keys_can_be_chosen_and_no_two_actions_share_one(visit: Start) -> None:
    site = visit()
    site.begin()
    page = site.page
    page.keyboard.press("?")
    page.click("[data-rebind=model_a]")
    page.keyboard.press("s")
    assert "already the key for “Skip" in text(site, "key-note")
    page.keyboard.press("ArrowUp")
    assert "cannot be used" in text(site, "key-note")
    page.keyboard.press("a")
    assert text(site, "key-note") == "A is now the key for “A is better”."
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.inner_text("[data-choice=model_a] kbd") == "A"
    before = site.ready()
    page.keyboard.press("1")
    site.vote("a")
    assert [row.winner for row in site.rows()] == ["model_a"] and before
    page.reload()
    site.ready()
    assert page.get_attribute("[data-choice=model_a]", "aria-keyshortcuts") == "a"
    page.keyboard.press("?")
    page.click("[data-part=key-reset]")
    page.keyboard.press("Escape")
    site.vote("1")
    assert len(site.rows()) == 2


def test_a_question_has_the_room_that_the_responses_leave_and_the_choice_is_remembered(visit: Start) -> None:
    middle = "A line.\n\n" * 8
    questions = {f"{LONG}{n}": ("short", "brief") for n in range(3)} | {middle + str(n): ("a", "b") for n in range(2)}
    site = visit(viewport={"width": 1280, "height": 800}, questions=questions)
    site.begin()
    page = site.page
    for _ in range(4):
        site.ready()
        height, shown = page.evaluate(
            "[document.querySelector('[data-part=question]').scrollHeight,"
            " document.querySelector('[data-part=question]').clientHeight]"
        )
        if height < 500:
            assert shown == height, "the panels are nearly empty, so nothing is cut"
        else:
            assert shown > 250 and page.is_visible("[data-part=more]")
        site.vote("3")
    page.keyboard.press("q")
    assert page.evaluate("localStorage['evenhand.display']") == '{"question":true}'
    page.reload()
    site.ready()
    assert page.get_attribute("[data-part=more]", "aria-expanded") == "true"
    assert page.locator("[data-choice=tie]").bounding_box()["y"] < 800  # type: ignore[index]


def test_source_differences_and_linked_scrolling_are_off_until_chosen_and_treat_both_sides_alike(visit: Start) -> None:
    hostile = MARKUP["script"] if "script" in MARKUP else next(iter(MARKUP.values()))
    line = "The same words stand here.\n\n"
    site = visit(questions={"Q?": (f"**one** {hostile}\n\n" + line * 60, "**two**\n\n" + line * 80)})
    site.begin()
    page = site.page
    assert page.evaluate("CSS.highlights.size") == 0
    sides = page.evaluate(
        "['left', 'right'].map(side => { const e = document.querySelector(`[data-part=${side}]`);"
        " const s = getComputedStyle(e); return [e.clientWidth, e.clientHeight, s.fontSize, s.lineHeight, s.color]; })"
    )
    assert sides[0] == sides[1]
    page.keyboard.press("d")
    assert page.evaluate("CSS.highlights.size") == 2
    with page.expect_response("**/api/source"):
        page.keyboard.press("o")
    page.wait_for_selector("[data-part=left] pre.plain")
    assert "**" in text(site, "left") + text(site, "right")
    assert page.evaluate("window.__x") is None and site.problems == []
    page.keyboard.press("l")
    page.evaluate("document.querySelector('[data-part=left]').scrollTop = 1e6")
    page.wait_for_function(
        "(e => e.scrollTop > 0 && e.scrollTop + e.clientHeight >= e.scrollHeight - 3)"
        "(document.querySelector('[data-part=right]'))"
    )
    site.vote("1")
    assert len(site.rows()) == 1


def test_text_runs_its_own_way_and_the_buttons_stay(visit: Start) -> None:
    site = visit(
        questions={RIGHT_TO_LEFT: (RIGHT_TO_LEFT + "\n\n- أولا\n- ثانيا", "An English answer: **$4** and 25$.")}
    )
    site.begin()
    page = site.page
    way = "e => getComputedStyle(e).direction"
    assert page.eval_on_selector("[data-part=question] p", way) == "rtl"
    panels = {side: page.inner_text(f"[data-part={side}]") for side in ("left", "right")}
    arabic = "left" if "أولا" in panels["left"] else "right"
    assert page.eval_on_selector(f"[data-part={arabic}] ul", way) == "rtl"
    assert page.eval_on_selector(f"[data-part={'right' if arabic == 'left' else 'left'}] p", way) == "ltr"
    assert "$4 and 25$" in panels["right" if arabic == "left" else "left"]
    assert page.eval_on_selector("[data-choice=model_a]", way) == "ltr"


def test_each_end_says_why_and_offers_what_helps(visit: Start) -> None:
    site = visit(questions={f"Question {n}?": ("left", "right") for n in range(3)})
    site.begin()
    page = site.page

    def stop(state: CampaignState) -> None:
        with site.database.writing() as session:
            set_state(session, site.campaign, state, now=datetime.now(UTC))

    stop(CampaignState.paused)
    site.vote("3")
    page.wait_for_selector("#ev-compare[data-state=empty]")
    assert text(site, "message-title") == "This campaign is paused"
    assert page.eval_on_selector(".ev-progress", "e => getComputedStyle(e).visibility") == "visible"
    assert text(site, "own").split("\n")[:2] == ["Votes", "1"]
    assert focused(page) == "card"
    assert violations(page) == []
    stop(CampaignState.open)
    page.click("text=Check again")
    site.ready()
    assert focused(page) != "body"
    stop(CampaignState.closed)
    page.reload()
    page.wait_for_selector("#ev-compare[data-state=empty]")
    assert text(site, "message-title") == "This campaign is closed" and "Check again" not in text(site, "card")
    with site.database.writing() as session:
        remove_rater(session, site.campaign, site.rater, now=datetime.now(UTC))
    page.reload()
    page.wait_for_selector("#ev-compare[data-state=empty]")
    assert text(site, "message-title") == "You no longer take part in this campaign"
    actions = page.locator("[data-part=message-actions] > *")
    assert actions.first.inner_text() == "Look at my votes"
    assert not any("Go back" in said for said in actions.all_inner_texts()), "nothing can be voted on again here"
    assert page.eval_on_selector(".ev-progress", "e => getComputedStyle(e).visibility") == "hidden"


def test_axe_finds_nothing_and_the_focus_never_falls_to_the_body(visit: Start) -> None:
    site = visit()
    site.begin()
    page = site.page
    site.vote("1")
    page.keyboard.press("r")
    page.keyboard.press("c")
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert focused(page) == "button"
    for key, name in (("s", "reason"), ("h", "history"), ("v", "display"), ("?", "help"), ("g", "guidelines")):
        site.ready()
        page.keyboard.press(key)
        page.wait_for_selector(f"[data-part={name}-dialog][open]")
        assert violations(page, inside=f"[data-part={name}-dialog]") == [], name
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="detached")
        assert focused(page) != "body", name
    page.click("[data-tool=undo]")
    page.wait_for_selector("[data-choice=model_a][aria-pressed=true]")
    assert focused(page) == "button"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.choice") == "tie":
            break
    site.ready()
    with page.expect_response("**/api/vote"):
        page.keyboard.press("Enter")
    assert [row.winner for row in site.rows()][-1] == "tie" and focused(page) == "button"


def test_a_phone_reaches_every_tool_and_axe_finds_nothing_in_the_dark(visit: Start) -> None:
    site = visit(viewport=PHONE, scheme="dark")
    site.begin()
    page = site.page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("[data-tool=reasons]")
    assert violations(page) == []
    assert page.is_hidden("[data-tool=history]")
    page.click("[data-part=more-tools]")
    assert violations(page, inside="[data-part=bar]") == []
    page.click("[data-tool=history]")
    page.wait_for_selector("[data-part=history-dialog][open]")
    assert "You have not voted" in text(site, "history-lead")
    assert violations(page, inside="[data-part=history-dialog]") == []
