"""The page for trying models in a browser: two names, two turns by keys, one model alone, and both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.web.accounts.sessions import COOKIE
from storage.database.engine import open_database
from tests.app.live.scripted import LiveSite, live_site
from tests.browsing import Traffic


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    database = open_database(str(tmp_path / "live.db"))
    with live_site(database) as built:
        for script in built.scripts.values():
            script.words = lambda number: ["**air** ", f"{number} ", "<img src=x onerror=window.__x=1>"]
        yield built
    database.close()


def test_models_are_tried_under_their_names_and_without_a_vote(site: LiveSite, page: Page, traffic: Traffic) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": site.cookies["ada"], "url": site.url}])
    page.goto(f"{site.url}/try")
    root = page.locator("#ev-trial")
    expect(root).to_have_attribute("data-state", "welcome", timeout=30_000)
    expect(page.locator(".nav-holder")).to_be_hidden()
    page.locator("#ev-trial [data-part=model-a]").select_option(label="finch-7b")
    page.locator("#ev-trial [data-part=model-b]").select_option(label="robin-1b")
    page.locator("#tr-prompt").fill("Why is the sky blue?")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-state", "ready", timeout=30_000)
    assert [page.locator(f"#ev-trial [data-part=name-{side}]").inner_text() for side in "ab"] == [
        "finch-7b",
        "robin-1b",
    ]
    expect(page.locator("#ev-trial [data-part=left] strong")).to_have_text("air")
    expect(page.locator("#ev-trial [data-part=facts-a]")).to_contain_text("3 tokens")
    assert page.locator("#ev-trial [data-choice]").count() == 0
    page.locator("#ev-trial [data-part=main]").focus()
    page.keyboard.press("a")
    expect(page.locator("#ev-trial [data-part=left]")).to_contain_text("air 2")
    page.locator("#ev-trial [data-part=language]").click()
    expect(page.locator("#ev-trial [data-part=line]")).to_contain_text("回答均已完成")
    page.locator("#ev-trial [data-part=main]").focus()
    page.keyboard.press("e")
    expect(root).to_have_attribute("data-state", "welcome")
    page.locator("#ev-trial [data-part=model-b]").select_option("")
    page.locator("#tr-prompt").fill("天空为什么是蓝色的？")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(page.locator("#ev-trial [data-part=right-panel]")).to_be_hidden()
    assert page.evaluate("window.__x") is None
    assert traffic.outside(site.url) == []
