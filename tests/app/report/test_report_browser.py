"""A report in Chromium, opened from its file: both languages, light and dark, wide and narrow, and on paper."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.accessibility import violations
from tests.browsing import Traffic

FILES = ("index.html", "index.zh.html")


@pytest.mark.chromium
@pytest.mark.parametrize("file", FILES)
def test_a_report_works_from_a_file(made_report: Path, page: Page, traffic: Traffic, file: str, tmp_path: Path) -> None:
    address = f"file://{made_report / file}"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    page.goto(address)
    assert [request.url for request in traffic.requests] == [address]
    assert violations(page) == []
    fold = page.locator("details.r-fold").first
    assert not fold.locator("table").first.is_visible()
    fold.locator("summary").press("Enter")
    assert fold.locator("table").first.is_visible()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(page) == []
    assert page.locator("#worlds svg").first.is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#worlds svg").nth(1).is_visible()
    assert not page.locator("#worlds svg").first.is_visible()
    other = page.locator(".r-top .ui-button")
    other.click()
    assert page.url.endswith(FILES[1 - FILES.index(file)])
    page.emulate_media(media="print")
    assert not page.locator(".r-top nav").is_visible()
    shown = page.locator("details:not([open]) table").evaluate_all("all => all.map(one => one.checkVisibility())")
    assert shown and all(shown)
    assert len(page.pdf(path=str(tmp_path / "report.pdf"), format="A4")) > 50_000
    assert traffic.complaints == []
