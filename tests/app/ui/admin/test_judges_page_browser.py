"""The Judges tab in a real Chromium: both languages, light and dark, wide and on a phone; read, followed, and quiet."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from app.site_wiring import make_web
from app.ui.judges.page import LOOKS_EVERY
from app.views.sentences import say
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.serving import serving
from app.wiring import clock
from storage.values import Language
from tests.accessibility import violations
from tests.app.judged_site import JudgedSite, judged_site
from tests.app.ui.admin.conftest import LOOKS, choose_section
from tests.app.ui.admin.test_admin_page import is_too_wide
from tests.browsing import Traffic, choose
from tests.hostile import MARKUP
from tests.judging.judged_store import answers

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = pytest.mark.chromium

HOSTILE = "\n\n".join(
    MARKUP[name] for name in ("script", "image onerror", "svg onload", "overlay", "image", "javascript link", "form")
)


def verdict(prompt: str) -> str:
    """Attacks, and prefers the response that is shown first every third time."""
    one, two = answers(prompt)
    return f"{HOSTILE}\n\n{'[[A]]' if one < two or 'question 3 turn' in prompt else '[[B]]'}"


@contextmanager
def judged(folder: Path) -> Iterator[JudgedSite]:
    """A judge that has compared eight pairs, and another that scored every response."""
    with judged_site(folder) as built:
        built.judge_singles(lambda _: "[[7]]", name="scorer")
        built.judge_pairs(verdict, n=8, name="comparer")
        yield built


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JudgedSite]:
    """A site that is only read."""
    with judged(tmp_path_factory.mktemp("site")) as built:
        yield built


@pytest.fixture(scope="module")
def url(site: JudgedSite) -> Iterator[str]:
    """The address of the site, while it is served."""
    with serving(make_web(site.database)) as address:
        yield address


def enter(page: "Page", site: JudgedSite, url: str, language: Language = "en") -> None:
    """Open the Judges tab as a reviewer, and wait until it is filled."""
    site.speak("rev", language)
    token = SignIns(site.database, clock=clock).open(site.people["rev"])
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    page.goto(f"{url}/admin/")
    page.get_by_role("tab", name=say(language, "admin_tab_judges"), exact=True).first.click()
    filled(page, language)


def filled(page: "Page", language: Language = "en") -> None:
    """Wait until the Judges tab is filled."""
    page.wait_for_selector("#adm-judges [data-adm-judgment]", state="attached")
    text = say(language, "judges_coverage_text")
    page.wait_for_selector(f"#judges-coverage >> text={text}", state="attached")
    page.wait_for_function("document.querySelectorAll('#adm-judges .js-plotly-plot .main-svg').length >= 2")


def turn_to(page: "Page", key: str, language: Language = "en") -> None:
    """Choose a section of the tab by its heading."""
    choose_section(page, "judges", key, language)


def sections(page: "Page") -> list[str]:
    """The sections of the tab that can be seen."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#adm-judges .adm-section')].filter((one) => one.checkVisibility("
        "{ visibilityProperty: true }) && one.offsetHeight > 0).map((one) => one.id)"
    )
    return found


@pytest.mark.parametrize(("look", "language"), list(zip(LOOKS, ("en", "zh"), strict=True)))
def test_the_tab_shows_a_judge_and_a_reply_that_attacks_as_text(
    page: "Page", site: JudgedSite, url: str, traffic: Traffic, look: str, language: Language
) -> None:
    is_phone = "phone" in look
    enter(page, site, url, language)
    if is_phone:
        opens_at_its_card(page)
    assert sections(page) == ["judges-agreement"], "the first one"
    turn_to(page, "judges_results", language)
    width = page.locator("#judges-results .main-svg").first.evaluate("(one) => one.getBoundingClientRect().width")
    assert width > 280, "drawn at its width, although it was away"
    turn_to(page, "judges_state", language)
    assert page.locator("#adm-judges .adm-tiles dd").first.inner_text() == "8"
    turn_to(page, "judges_reader", language)
    page.locator("#adm-judges tr:has([data-adm-judgment])").first.click()
    page.wait_for_selector(".ui-in-place .adm-opened" if is_phone else ".adm-opened")
    title = page.locator(".adm-opened:visible h2")
    assert say(language, "judges_opened", n=20) in title.inner_text()
    page.wait_for_function("document.activeElement.matches('.adm-opened h2')")
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert -2 < top < 400, "the page went there"
    assert page.locator(".adm-call:visible").count() == 2
    page.locator(".adm-call summary:visible").first.click()
    assert "<script>window.__x=1</script>" in page.locator(".adm-plain:visible").first.inner_text()
    assert page.locator(".adm-opened :is(img, script, svg, form, iframe, [style])").count() == 0
    assert page.evaluate("window.__x") is None
    assert not is_too_wide(page)
    assert page.locator("text=judges_").count() == 0, "a text without words"
    assert violations(page) == []
    assert traffic.outside(url) == []
    assert traffic.complaints == []


def opens_at_its_card(page: "Page") -> None:
    """On a phone: all judges as short cards; the sections of one stand below its card and above the next one."""
    assert sections(page) == []
    cards = page.locator("#adm-judges tr:has([data-adm-judge]):visible")
    assert cards.count() == 2 and all(card.bounding_box()["height"] < 160 for card in cards.all())  # type: ignore[index]
    chosen = page.locator("[data-adm-judge][aria-current]")
    assert chosen.inner_text() == "comparer" and "scorer" in cards.first.inner_text()
    cards.first.tap()
    page.wait_for_function("document.querySelector('[data-adm-judge][aria-current]').textContent === 'scorer'")
    page.wait_for_function("document.querySelector('[data-adm-judge][aria-current]').ariaExpanded === 'true'")
    places = ("[aria-current][data-adm-judge]", ".jdg-opened", ".jdg-after")
    tops = [page.locator(one).evaluate("(one) => one.getBoundingClientRect().top") for one in places]
    assert tops == sorted(tops)
    assert cards.count() == 2 and cards.last.inner_text().startswith("comparer")
    cards.first.tap()
    assert sections(page) == [], "a second tap closes it"
    cards.last.tap()
    page.wait_for_function("document.querySelector('[data-adm-judge][aria-current]').textContent === 'comparer'")
    filled(page, "zh")


def test_counts_follow_while_the_tab_is_open_and_pause_behind_another(
    page: "Page", traffic: Traffic, tmp_path: Path
) -> None:
    page.clock.install()
    with judged(tmp_path) as site, serving(make_web(site.database)) as url:
        enter(page, site, url)
        turn_to(page, "judges_state")
        entered = len(handlers(traffic))
        site.judge_pairs(verdict, name="comparer")
        let_looks_pass(page, 2)
        page.wait_for_function("document.querySelector('#adm-judges .adm-tiles dd').innerText === '12'")
        (look,) = set(handlers(traffic)[entered:])  # the timers of other tabs rest
        page.get_by_role("tab", name=say("en", "admin_tab_objective"), exact=True).first.click()
        looked = [look in called_while(page, traffic, 1, besides=look) for _ in range(8)]
        assert not any(looked[-4:]), "in the first rounds the page may still be at leaving the tab"


def let_looks_pass(page: "Page", times: int) -> None:
    """Let so much of the page's time pass that an active timer looks at the ledger so many times."""
    for _ in range(times):
        page.clock.fast_forward(1_000 * LOOKS_EVERY)  # fires each timer that is due once


def called_while(page: "Page", traffic: Traffic, looks: int, *, besides: int) -> list[int]:
    """Let time for so many looks pass, then refresh the Objective tab until another handler than `besides` was reached.

    Returns:
        the handlers that were called meanwhile.
    """
    before = len(handlers(traffic))
    let_looks_pass(page, looks)
    with page.expect_response(lambda response: handler(response.request) not in (None, besides)):
        page.locator("#adm-objective").get_by_role("button", name=say("en", "admin_refresh")).click()
    return handlers(traffic)[before:]


def handlers(traffic: Traffic) -> list[int]:
    """The numbers of the handlers that were called, in order."""
    return [found for request in traffic.requests if (found := handler(request)) is not None]


def handler(request: "Request") -> int | None:
    """The number of the handler that a request calls; None if it calls none."""
    if urlsplit(request.url).path != "/admin/gradio_api/queue/join":
        return None
    return int(json.loads(request.post_data or "")["fn_index"])


OF_LEAVING = ("AbortError: signal is aborted without reason", "Connection errored out.")
"""What Gradio says of its requests that a reload ends."""


def test_sections_are_chosen_by_keyboard_kept_in_the_address_and_all_there_without_the_script(
    page: "Page", site: JudgedSite, url: str, traffic: Traffic
) -> None:
    enter(page, site, url)
    page.locator("#adm-judges [data-outline] a").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('#judges-bias h2')")
    assert sections(page) == ["judges-bias"]
    assert page.locator("#adm-judges [data-outline] [aria-current]").inner_text() == say("en", "judges_bias")
    assert urlsplit(page.url).fragment == "judges-bias"
    assert traffic.complaints == []
    page.reload()
    filled(page)
    assert sections(page) == ["judges-bias"], "the address opened the tab and the section"
    assert [one for one in traffic.complaints if not any(word in one for word in OF_LEAVING)] == []
    page.get_by_role("tab", name=say("en", "admin_tab_objective"), exact=True).first.click()
    page.wait_for_function("location.hash === ''")  # a copied address opens what is seen
    page.route("**/outline*.js*", lambda route: route.abort())
    page.goto(f"{url}/admin/?again")
    page.get_by_role("tab", name=say("en", "admin_tab_judges"), exact=True).first.click()
    filled(page)
    assert len(sections(page)) == 7


def test_another_judge_is_chosen_and_its_list_filtered(page: "Page", site: JudgedSite, url: str) -> None:
    enter(page, site, url)
    page.get_by_role("button", name=say("en", "judges_select", name="scorer")).press("Enter")
    page.wait_for_function("document.querySelector('#adm-judges .adm-tiles dd').textContent === '12'")
    page.wait_for_function("document.querySelectorAll('#adm-judges [data-adm-judgment]').length === 12")
    page.wait_for_function("document.activeElement.matches('[data-adm-judge][aria-current]')")
    turn_to(page, "judges_reader")
    choose(page.locator("#adm-judges").get_by_label(say("en", "judges_filter_model"), exact=True), "m2")
    page.wait_for_function("document.querySelectorAll('#adm-judges [data-adm-judgment]').length === 4")
    page.keyboard.press("Escape")
    page.locator("#adm-judges [data-adm-judgment]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".adm-opened >> text=7 (1–10)")
