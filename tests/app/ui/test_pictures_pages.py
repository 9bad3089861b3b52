"""Images on Compare and Rate in a Chromium that playwright drives: boxes, enlarging, keys, history, blindness."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select
from sqlmodel import col

from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.scoring import ScoringPlan
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.database.tables import Question, Response
from storage.media.stored_pictures import erase_picture
from storage.values import CampaignKind, RatingLayout
from tests.accessibility import violations
from tests.app.compare_store import MODELS
from tests.app.ui.conftest import PHONE, Start, Visit
from tests.pictures import illustrated, stored

pytestmark = pytest.mark.chromium

BOXES = """root => [...document.querySelectorAll(root + ' .ev-picture')].map(box => {
    const {width, height} = box.getBoundingClientRect();
    return [box.closest('[data-part]').dataset.part, Math.round(width), Math.round(height)];
})"""


def illustrate(database: Database, source: str) -> None:
    """Give the questions of a source two pictures, and each of their responses one; one of the question is erased."""
    now = datetime.now(UTC)
    with database.writing() as session:
        shown, wide, gone, *own = stored(session, 1, 2, 3, 4, 5, 6, size=(300, 200))
        wide = stored(session, 7, size=(2000, 40))[0]
        if session.execute(select(Question).where(col(Question.source) == "erased")).first() is None:
            erase_picture(session, gone.sha256, now)
            session.add(Question(source="erased", key="once", created_at=now))
        for question in session.execute(select(Question).where(col(Question.source) == source)).scalars():
            question.turns = [illustrated("What is it?", shown, wide, gone, alt="a white cross")]
            answers = session.execute(select(Response).where(col(Response.question_id) == question.id)).scalars()
            for answer, picture in zip(answers, own, strict=False):
                answer.turns = [illustrated("The same words.", picture)]


def zoomed(site: Visit) -> str:
    return str(site.page.inner_text("dialog.ev-zoom[open] h2"))


class HeldImages:
    """Keeps the images of a page back until they are released."""

    def __init__(self, page: Page) -> None:
        self._page, self._held, self._is_released = page, list[Route](), False
        page.route("**/media/**", self._take)

    def _take(self, route: Route) -> None:
        if self._is_released:
            route.continue_()
        else:
            self._held.append(route)

    def release(self) -> int:
        """Let the images come and wait until they are all there; returns how many were kept back."""
        self._is_released = True
        for route in self._held:
            route.continue_()
        every = "[...document.querySelectorAll('.ev-picture img')].every(image => image.naturalWidth)"
        self._page.wait_for_function(every)
        return len(self._held)


def goes_through(site: Visit, *keys: str) -> list[str]:
    """The titles of the enlarged images after each key."""
    titles = []
    for key in keys:
        site.page.keyboard.press(key)
        titles.append(zoomed(site))
    return titles


def test_compare_shows_images_in_boxes_and_enlarges_them(visit: Start) -> None:
    site = visit(questions={f"Question {i}": ("a", "b", "c") for i in range(2)}, keep="own")
    illustrate(site.database, f"Campaign {site.name.removeprefix('ann')}")
    page = site.page
    held = HeldImages(page)
    site.begin()
    site.ready()
    empty = page.evaluate(BOXES, "#ev-compare")
    assert held.release() >= 4
    boxes = page.evaluate(BOXES, "#ev-compare")
    assert boxes == empty
    assert [part for part, _, _ in boxes] == ["question-pictures"] * 3 + ["left", "right"]
    assert boxes[3][1:] == boxes[4][1:] == [300, 200]
    assert abs(boxes[1][1] / boxes[1][2] - 3) < 0.1
    assert page.inner_text("[data-part=question-pictures] .is-gone") == "This image has been deleted."
    assert page.get_attribute("[data-part=question-pictures] img", "alt") == "a white cross"

    page.keyboard.press("z")
    assert zoomed(site) == "Question: image 1 of 3"
    assert violations(page, inside="#ev-compare") == []
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('.ev-zoom')")
    page.locator("[data-part=zoom-stage]").focus()
    page.keyboard.press("1")
    titles = goes_through(site, "ArrowRight", "ArrowRight")
    assert titles == ["Question: image 2 of 3", "Response A: image 1 of 1"]
    whole = page.locator("[data-part=zoom-image]").bounding_box()
    page.keyboard.press("+")
    larger = page.locator("[data-part=zoom-image]").bounding_box()
    assert whole and larger and larger["width"] > 1.4 * whole["width"]
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.ev-zoom[open]", state="detached")
    assert page.evaluate("document.activeElement.dataset.part") == "main"
    assert site.rows() == []
    page.click("[data-part=right] .ev-picture")
    assert zoomed(site) == "Response B: image 1 of 1"
    page.keyboard.press("z")
    assert page.evaluate("document.activeElement.className") == "ev-picture"
    page.keyboard.press("d")
    assert "images of the two responses differ" in page.inner_text("[data-part=status]")
    assert violations(page, inside="#ev-compare") == []

    site.vote("1")
    page.keyboard.press("h")
    expect(page.locator(".ev-history .ev-thumbnail")).to_have_count(2)
    asked = {urlsplit(url).path for url in site.requests if "/media/" in url}
    assert all(len(path) == len("/media/") + 64 and "?" not in path for path in asked)
    assert any("/api/" in url for url, _ in site.bodies)
    assert not [name for name in MODELS for _, body in site.bodies if name.encode() in body]
    assert site.problems == []


def test_rate_shows_images_on_a_phone(visit: Start) -> None:
    site = visit(viewport=PHONE, scheme="dark", language="zh", questions={"Question": ("a", "b", "c")})
    title = f"Campaign {site.name.removeprefix('ann')}"
    illustrate(site.database, title)
    with site.database.writing() as session:
        scoring = ScoringPlan(layout=RatingLayout.side_by_side)
        plan = CampaignPlan(name=f"{title} rated", source=title, kind=CampaignKind.satisfaction, scoring=scoring)
        invite_raters(session, create_campaign(session, plan, now=datetime.now(UTC)), [site.rater])
    site.sign_in()
    page = site.page
    page.goto(f"{site.url}/rate")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ev-rate[data-state=ready]")
    page.wait_for_function(
        "[...document.querySelectorAll('#ev-rate .ev-picture img')].every(image => image.naturalWidth)"
    )
    assert [part for part, _, _ in page.evaluate(BOXES, "#ev-rate")] == ["question-pictures"] * 3 + ["panels"] * 3
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.press("z")
    assert zoomed(site) == "问题：第 1 张图片，共 3 张"
    page.keyboard.press("Escape")
    assert violations(page, inside="#ev-rate") == []
    assert site.problems == []
