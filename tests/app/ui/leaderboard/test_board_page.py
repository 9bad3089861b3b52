"""The Leaderboard page in a real Chromium: filters by keyboard, sorting, explanations, downloads and hostile names."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from app.site_wiring import make_web
from app.ui.leaderboard.boards import LOOKS_EVERY
from app.views.sentences import say
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.serving import serving
from app.wiring import clock
from storage.database.tables import Model, Question
from tests.accessibility import violations
from tests.app.admin_site import AdminSite, admin_site
from tests.browsing import Traffic
from tests.storage.files import bring, jsonl

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.chromium

HOSTILE = "<img src=//evil.example/x.png onerror=window.__x=1>${window.__x=1}{{x}}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """A campaign with votes of two raters, in which one model has a name that attacks; only the second votes again."""
    with admin_site(tmp_path_factory.mktemp("site"), n_models=4) as built:
        with built.database.writing() as session:
            session.exec(select(Model)).first().name = HOSTILE  # type: ignore[union-attr]
        built.vote(built.arena.raters[0], n=14)
        built.vote(built.arena.raters[1], n=4)
        yield built


@pytest.fixture(scope="module")
def url(site: AdminSite) -> Iterator[str]:
    """The address of the site, while it is served."""
    with serving(make_web(site.database)) as address:
        yield address


@pytest.fixture
def browser_options() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 800}, "permissions": ["clipboard-read", "clipboard-write"]}


def open_board(page: "Page", site: AdminSite, url: str, query: str = "") -> None:
    token = SignIns(site.database, clock=clock).open(site.people["rev"])
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    page.goto(f"{url}/admin/{query}")
    page.wait_for_selector("#ev-board table")


def votes(page: "Page") -> str:
    return page.locator(".b-counts dd").first.inner_text()


def test_the_page_answers_filters_sorts_explains_and_downloads(
    page: "Page", site: AdminSite, url: str, traffic: Traffic, tmp_path: Path
) -> None:
    page.clock.install()
    open_board(page, site, url, "?rater=r1&__theme=light")
    assert votes(page) == "4", "the filters of the address count"
    assert page.locator(".b-answer h3").inner_text()

    # A filter by keyboard: the focus stays on it, the address follows, and nothing stays open over the table.
    rater = page.get_by_label(say("en", "board_rater"), exact=True)
    rater.focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.b-counts dd').textContent === '18'")
    assert rater.evaluate("one => one === document.activeElement")
    assert page.evaluate("location.search") == "?__theme=light"

    # A heading explains itself on focus, sorts with Enter and keeps the focus.
    heading = page.locator("[data-focus=sort-win_rate]")
    heading.focus()
    assert page.locator(".b-tip").inner_text() == say("en", "board_why_win_rate")
    assert heading.evaluate("one => document.getElementById(one.getAttribute('aria-describedby')).textContent")
    page.keyboard.press("Escape")
    assert page.locator(".b-tip").is_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=ascending]").inner_text().strip() == "Win rate\n▲"
    rates = [float(text.rstrip("%")) for text in page.locator("tbody tr > :nth-child(6)").all_inner_texts()]
    assert rates == sorted(rates)
    assert page.locator("[data-focus=sort-win_rate]").evaluate("one => one === document.activeElement")

    # Downloads and the link carry what is on screen.
    with page.expect_download() as saved:
        page.get_by_role("link", name=say("en", "board_ui_csv_help")).click()
    saved.value.save_as(tmp_path / "board.csv")
    with (tmp_path / "board.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 4
    with page.expect_download() as drawn:
        page.get_by_role("button", name=say("en", "board_ui_png_help")).click()
    drawn.value.save_as(tmp_path / "board.png")
    assert (tmp_path / "board.png").read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name=say("en", "board_ui_link")).click()
    page.get_by_role("button", name=say("en", "board_ui_linked")).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url

    # One heatmap at a time, with names on both sides; the closer look names its columns too.
    page.get_by_role("button", name=say("en", "board_counts")).click()
    assert page.locator("[data-focus=matrix-counts][aria-pressed=true]").count() == 1
    page.get_by_role("button", name=say("en", "board_ui_more")).click()
    page.wait_for_selector(".b-history svg path")
    headings = page.locator(f".b-grid[aria-label='{say('en', 'board_by_category')}'] thead th").all_inner_texts()
    assert headings and all(headings)

    assert violations(page) == [], "with everything open"

    # New votes appear by themselves, and names from files are text.
    site.vote(site.arena.raters[1], n=2)
    page.clock.fast_forward(1_000 * LOOKS_EVERY)
    page.wait_for_function("document.querySelector('.b-counts dd').textContent === '20'")
    assert page.locator("#ev-board img, #ev-board tbody a").count() == 0
    assert page.evaluate("window.__x") is None
    assert HOSTILE in page.locator("tbody th").all_inner_texts()
    look_on_a_phone(page, site, url)
    look_at_scores(page, site, url, tmp_path)
    assert (traffic.outside(url), traffic.complaints) == ([], [])


def look_on_a_phone(page: "Page", site: AdminSite, url: str) -> None:
    """The answer stands on the first screen, filters behind one button, and each row is a card with every figure."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_board(page, site, url, "?rater=r1")
    assert page.locator(".b-answer h3").bounding_box()["y"] < 400  # type: ignore[index]
    rater, more = page.get_by_label(say("en", "board_rater"), exact=True), page.locator(".b-more-filters")
    assert more.inner_text() == f"{say('en', 'board_ui_filters')} · 1"
    assert (rater.is_hidden(), more.get_attribute("aria-expanded")) == (True, "false")
    more.click()
    assert more.get_attribute("aria-expanded") == "true"
    rater.select_option("")
    page.wait_for_function("document.querySelector('.b-more-filters').textContent.length === 7")
    assert rater.is_visible(), "the filters stay open after a choice"
    table = page.locator(".b-board .ui-table")
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth"), "cards need no sideways scroll"
    assert table.locator("tbody tr").first.locator("[data-label='Chance of 1st']").is_visible()
    copies = page.locator(".b-actions")
    assert copies.count() == 1 and copies.bounding_box()["y"] > table.bounding_box()["y"]  # type: ignore[index]
    table.locator("[data-focus=sort-win_rate]").click()
    assert table.locator("th[aria-sort=descending]").count() == 1
    for scheme in ("light", "dark"):
        page.goto(f"{url}/admin/?__theme={scheme}")
        page.wait_for_selector("#ev-board table")
        assert violations(page, inside="#ev-board") == [], scheme
    page.set_viewport_size({"width": 1280, "height": 800})


def look_at_scores(page: "Page", site: AdminSite, url: str, folder: Path) -> None:
    """Scores of single responses: a table for each dimension, categories, and people beside judges."""
    row = {"source": "test", "scale_low": 1, "scale_high": 5}
    given = [
        row | {"question": f"q{n}", "model": model, "rater": who, "rater_kind": kind, "dimension": name, "score": score}
        for kind, who, names in (("human", "p1", ("overall", "Wit")), ("judge", "gpt", ("overall",)))
        for name in names
        for n, (model, score) in enumerate([("model-1", 5), ("model-1", 3), ("model-2", 2), (HOSTILE, None)])
    ]
    kept = [one for one in given if one["rater_kind"] == "human" or one["score"] is not None]
    bring(site.database, "satisfaction", jsonl(folder / "scores.jsonl", kept))
    with site.database.writing() as session:
        for place, question in enumerate(session.exec(select(Question)).all()):
            question.category = ("code", "poems")[place % 2]
    open_board(page, site, url, "?method=satisfaction")
    page.wait_for_selector(".b-steps")
    table = page.locator(".ui-table[aria-label=Overall]")
    first = table.locator("tbody tr").first.locator("th, td").all_inner_texts()
    assert [first[0], first[1], first[2].split()[0], *first[3:5]] == ["model-1", "2", "75.0", "50%", "0"]
    assert table.locator("tbody tr").last.locator("td").nth(3).inner_text() == "1", "could not judge"
    assert table.locator("[role=img]").first.get_attribute("aria-label") == "50 %: 1, 100 %: 1"
    sides = page.locator(f".ui-table[aria-label='{say('en', 'board_scores_sides')}'] tbody tr")
    assert sides.first.locator("td").all_inner_texts() == ["Overall", "2", "75.0", "75.0"]
    assert page.locator(".ui-table[aria-label=Wit]").count() == 1
    grid = page.locator(f".b-grid[aria-label='Overall: {say('en', 'board_scores_by_category')}'] thead th")
    assert len(grid.all_inner_texts()) == 2
    assert violations(page) == []
    if os.environ.get("EVENHAND_SHOTS"):
        page.screenshot(path=Path(os.environ["EVENHAND_SHOTS"]) / "board-scores.png", full_page=True)


def test_an_error_keeps_the_page_usable(page: "Page", site: AdminSite, url: str) -> None:
    open_board(page, site, url)
    page.route("**/api/board?*", lambda route: route.abort())
    page.get_by_label(say("en", "board_rater"), exact=True).select_option("r0")
    page.get_by_role("button", name=say("en", "board_ui_retry")).wait_for()
    page.unroute("**/api/board?*")
    page.get_by_role("button", name=say("en", "board_ui_retry")).click()
    page.wait_for_selector(".b-counts dd >> text=14")
    assert votes(page) == "14"
