"""The Arena page in a browser: ask, reload, vote by key, and see the names only then."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.web.accounts.sessions import COOKIE
from storage.conversations.live_campaigns import LiveSettings
from storage.database.engine import open_database
from tests.app.live.scripted import MODELS, LiveSite, live_site
from tests.browsing import Traffic


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    database = open_database(str(tmp_path / "live.db"))
    with live_site(database, LiveSettings(most_turns=2, examples=("Why is the sky blue?",))) as built:
        for script in built.scripts.values():
            script.words, script.gap = (lambda _number: ["**air** ", "<img src=x onerror=window.__x=1> "] * 6), 0.02
        yield built
    database.close()


def test_a_conversation_goes_on_after_a_reload_and_its_names_come_with_the_vote(
    site: LiveSite, page: Page, traffic: Traffic
) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": site.cookies["ann"], "url": site.url}])
    page.goto(f"{site.url}/arena")
    page.locator("#ev-live dialog[open] button").first.click()
    page.locator(".lv-example").click()
    page.keyboard.press("Enter")
    page.locator(".lv-writing").first.wait_for()
    page.reload()
    root = page.locator("#ev-live")
    expect(root).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(page.locator("#ev-live [data-part=left] strong").first).to_have_text("air")
    assert page.evaluate("window.__x") is None
    seen = page.content()
    assert [name for name in MODELS if name in seen] == []
    page.locator("#lv-prompt").fill("1 and 2 are typed, not voted")
    expect(root).to_have_attribute("data-state", "ready")
    page.keyboard.press("Enter")
    expect(page.locator("#ev-live [data-part=line]")).to_contain_text("Vote now", timeout=30_000)
    page.keyboard.press("1")
    expect(root).to_have_attribute("data-state", "voted")
    shown = [page.locator(f"#ev-live [data-part=name-{side}]").inner_text() for side in "ab"]
    assert set(shown) < set(MODELS)
    page.keyboard.press("e")
    expect(root).to_have_attribute("data-state", "welcome")
    assert traffic.outside(site.url) == []
