"""The Objective tab in a real Chromium: choose, filter, open an item, in both languages, wide and on a phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from app.site_wiring import make_web
from app.views.sentences import say
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.serving import serving
from app.wiring import clock
from storage.values import Language
from tests.accessibility import violations
from tests.app.admin_site import AdminSite, admin_site
from tests.app.objective_runs import HOSTILE, always_a, mumbles, run_model
from tests.app.ui.admin.conftest import LOOKS, choose_section
from tests.app.ui.admin.test_admin_page import is_too_wide, see_as
from tests.browsing import Traffic, choose

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """Two models with a run each; what one of them wrote, its name and a question attack."""
    with admin_site(tmp_path_factory.mktemp("site")) as built:
        run_model(built.database, "steady", always_a)
        run_model(built.database, HOSTILE[:50], mumbles)
        yield built


@pytest.fixture(scope="module")
def url(site: AdminSite) -> Iterator[str]:
    """The address of the site, while it is served."""
    with serving(make_web(site.database)) as address:
        yield address


def come_to_tab(page: "Page", site: AdminSite, url: str, language: Language) -> None:
    """Open the tab as a reviewer, from the menu where the bar is too narrow, and wait until it is filled."""
    site.speak("rev", language)
    token = SignIns(site.database, clock=clock).open(site.people["rev"])
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    page.goto(f"{url}/admin/")
    name = say(language, "admin_tab_objective")
    page.wait_for_selector("#adm-main [role=tab]")
    on_bar = page.get_by_role("tab", name=name, exact=True)
    if on_bar.count() and on_bar.first.is_visible():
        on_bar.first.click()
    else:
        page.locator(".overflow-menu > button").click()
        page.locator(".overflow-dropdown button", has_text=name).click()
    page.wait_for_selector("#objective-items tr:has([data-adm-item])", state="attached")
    page.wait_for_selector("#adm-objective .obj-bar")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reviewer_reads_an_answer_in_the_reader_s_language(
    page: "Page", site: AdminSite, url: str, traffic: Traffic, language: Language
) -> None:
    come_to_tab(page, site, url, language)
    assert page.locator("#objective-scores .obj-bar").first.is_visible() and not is_too_wide(page)
    choose_section(page, "objective", "objective_items", language)
    page.locator("#adm-objective .adm-pager button").nth(1).click()
    page.locator(".adm-pager >> text=11").wait_for()
    page.locator("#adm-objective .adm-pager button").first.click()
    page.locator("#objective-items [data-adm-item]:text-is('0')").wait_for()
    page.locator("#adm-objective .adm-pager button").nth(1).click()
    page.locator("#objective-items [data-adm-item]:text-is('24')").click()
    page.wait_for_selector(".obj-opened >> text=letters / 24")
    said = page.locator(".obj-opened:visible").inner_text()
    assert "letters question 24?" in said and "I would not know." in said and "evil.example" in said
    assert say(language, "objective_why_unparsed") in said, "why it counts as wrong"
    assert page.evaluate("document.activeElement.closest('.ui-in-place .obj-opened') !== null"), "opened at its row"
    assert page.locator("#adm-objective .ev :is(img, script, a:not([data-outline] a))").count() == 0
    assert page.evaluate("window.__x") is None
    for look in LOOKS:
        see_as(page, look)
        assert not is_too_wide(page), look
        assert language == "zh" or not violations(page), look
    assert page.locator("#adm-objective .ui-outline a").first.is_hidden(), "the outline is folded on a phone"
    choose_section(page, "objective", "regression_title", language)
    assert page.locator("#adm-objective .ui-outline a").first.is_hidden(), "and again after a choice"
    tables = page.locator(".obj-regression .adm-table").all()
    assert tables and all(one.evaluate("one => one.scrollWidth <= one.clientWidth") for one in tables), "cards"
    assert page.locator(".obj-regression td[data-label]:visible").count() > len(tables)
    opener = page.locator(".obj-regression [data-adm-item]:text-is('0')")
    opener.click()
    page.wait_for_selector(".obj-regression .ui-in-place .obj-opened >> text=letters / 0")
    assert opener.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.closest('.ui-in-place') !== null"), "it opens at its row"
    assert page.locator(".obj-opened:visible").count() == 1 and not is_too_wide(page)
    opener.click()
    assert page.locator(".obj-opened:visible").count() == 0, "a second tap closes it"
    opener.click()
    page.wait_for_selector(".ui-in-place .obj-opened >> text=letters / 0")
    assert page.locator("text=objective_").count() == 0, "a text without words"
    assert traffic.outside(url) == []
    assert traffic.complaints == []


def test_the_list_follows_filters_and_the_choice_of_tasks(page: "Page", site: AdminSite, url: str) -> None:
    come_to_tab(page, site, url, "en")
    page.get_by_text(say("en", "objective_choose"), exact=True).click()
    choose(page.get_by_label(say("en", "objective_choose_tasks")), "likely")
    page.wait_for_function("document.querySelectorAll('#objective-items [data-adm-item]').length === 3")
    assert page.locator("#objective-scores th[scope=row] .adm-name >> text=letters").count() == 0
    page.keyboard.press("Escape")
    choose_section(page, "objective", "objective_items", "en")
    ending = page.get_by_role("combobox", name=say("en", "objective_filter_ending"), exact=True)
    choose(ending, say("en", "objective_differ"))
    page.wait_for_selector(f"#adm-objective >> text={say('en', 'objective_list_none')}")
