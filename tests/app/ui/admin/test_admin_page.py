"""The admin pages in a real Chromium: both languages, light and dark, wide and on a phone, and nothing from outside."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from app.site_wiring import make_web
from app.views.sentences import say
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.serving import serving
from app.wiring import clock
from storage.accounts.raters import NewPerson, add_person
from storage.campaigns.campaigns import campaigns
from storage.campaigns.gold_answers import list_gold
from storage.database.tables import Model
from storage.values import CampaignState, Language, Role
from tests.accessibility import violations
from tests.app.admin_site import AdminSite, admin_site
from tests.app.ui.admin.conftest import LOOKS
from tests.browsing import Traffic

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.chromium

HOSTILE = "<img src=//evil.example/x.png onerror=window.__x=1>${window.__x=1}{{x}}<a href='http://evil.example'>y</a>"
TABS = ("board", "campaigns", "quality", "raters", "data", "live", "changes")


@contextmanager
def attacked(folder: Path) -> Iterator[AdminSite]:
    """A campaign with votes, in which one model has a name that attacks."""
    with admin_site(folder, n_models=4) as built:
        with built.database.writing() as session:
            session.exec(select(Model)).first().name = HOSTILE  # type: ignore[union-attr]
        built.vote(built.arena.raters[0], n=14)
        yield built


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """A site that is only read."""
    with attacked(tmp_path_factory.mktemp("site")) as built:
        yield built


@pytest.fixture(scope="module")
def url(site: AdminSite) -> Iterator[str]:
    """The address of the site, while it is served."""
    with serving(make_web(site.database)) as address:
        yield address


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[AdminSite]:
    """A site for a test that writes."""
    with attacked(tmp_path) as built:
        yield built


@pytest.fixture
def own_url(own_site: AdminSite) -> Iterator[str]:
    """The address of that site, while it is served."""
    with serving(make_web(own_site.database)) as address:
        yield address


def enter(page: "Page", site: AdminSite, url: str, name: str = "root", language: Language = "en") -> None:
    """Open the admin pages signed in, and wait for the leaderboard."""
    site.speak(name, language)
    token = SignIns(site.database, clock=clock).open(site.people[name])
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    page.goto(f"{url}/admin/")
    page.wait_for_selector("#ev-board table")


def turn_to(page: "Page", tab: str, language: Language) -> None:
    """Choose a tab, from the menu where the bar is too narrow, and wait until it is filled."""
    name = say(language, f"admin_tab_{tab}")
    on_bar = page.get_by_role("tab", name=name, exact=True).filter(visible=True)
    more = page.locator(".overflow-menu > button").filter(visible=True)
    on_bar.or_(more).first.wait_for()  # some tabs come with the greeting, after those that everybody has
    if on_bar.count():
        on_bar.first.click()
    else:
        more.click()
        page.locator(".overflow-dropdown button", has_text=name).click()
    page.wait_for_selector(f"#adm-{tab} .ui-table, #adm-{tab} .ui-empty")


def shot(page: "Page", name: str) -> None:
    """Keep a picture where a person wants to look at it."""
    if folder := os.environ.get("EVENHAND_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def is_too_wide(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def see_as(page: "Page", look: str) -> None:
    """Give the page a size and a colour scheme, and wait until it has taken the latter, without changing gradually."""
    options = LOOKS[look]
    page.set_viewport_size(options["viewport"])
    page.emulate_media(color_scheme=options["color_scheme"], reduced_motion="reduce")
    dark = options["color_scheme"] == "dark"
    page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=dark)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tab_shows_itself_in_the_reader_s_language_wide_and_light_and_on_a_phone_in_the_dark(
    page: "Page", site: AdminSite, url: str, traffic: Traffic, language: Language
) -> None:
    enter(page, site, url, language=language)
    assert page.locator("h1").all_inner_texts() == [say(language, "admin_title")]
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[language]
    for tab in TABS:
        turn_to(page, tab, language)
        for look in LOOKS:
            see_as(page, look)
            assert not is_too_wide(page), f"{tab}, {look}: scrolls sideways"
            assert language == "zh" or not violations(page), f"{tab}, {look}: hard to use for some"
        for family in ("admin", "board", "staff", "quality"):
            assert page.locator(f"text={family}_").count() == 0, "a text without words"
        assert page.evaluate("window.__x") is None
    turn_to(page, TABS[1], language)  # from the menu of a phone
    assert page.locator("a[href*='evil'], .adm-table a").count() == 0
    assert "evil.example" in page.content(), "the name itself is shown"
    assert traffic.outside(url) == []
    assert traffic.complaints == []
    assert "evil.example" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


def add_accounts(site: AdminSite, n: int) -> None:
    """Add annotators w0, w1, and so on."""
    with site.database.writing() as session:
        for number in range(n):
            person = NewPerson(f"w{number}", "no hash", f"key-w{number}", Role.annotator)
            add_person(session, person, now=clock())


def choose_one_of_many(page: "Page") -> None:
    """Choose w17 among 23 raters by the search, by keyboard."""
    page.get_by_role("button", name=say("en", "staff_step_people")).click()
    chosen = page.locator(".ui-chip:has([value=w17])")
    assert not chosen.is_visible()
    search = page.get_by_label(say("en", "staff_find_people"))
    search.fill("w1")
    assert page.locator(".ui-chip:has([name=people])").filter(visible=True).count() == 11, "w1 and w10 to w19"
    search.fill("w17")
    search.press("Enter")
    assert (chosen.is_visible(), search.input_value()) == (True, ""), "it stays in sight when the search is empty again"
    assert page.get_by_text(say("en", "staff_find_shown", shown=13, total=23)).is_visible()


def choose_all_models_again(page: "Page") -> None:
    """Go back from the last step to the models, choose one, and then all of them."""
    page.click("#stf-wiz-summary [data-go=models]")
    page.get_by_role("heading", name=say("en", "staff_title_models"), level=3).wait_for()
    everything = page.get_by_role("button", name=say("en", "staff_everything"), exact=True).filter(visible=True)
    assert everything.get_attribute("aria-pressed") == "true", "no model is chosen"
    page.locator("label.ui-chip:has([name=models])").first.click()
    assert everything.get_attribute("aria-pressed") == "false"
    everything.click()
    assert everything.get_attribute("aria-pressed") == "true" and page.locator("[name=models]:checked").count() == 0


def choose_checks(page: "Page") -> None:
    """Choose ready-made checks, whose fields are filled out of sight, and go on from them to checks of one's own."""
    repeats = page.locator("[name=repeat_share]")
    for name, share in (("strict", "10"), ("light", "5"), ("own", "5")):
        page.locator(f".ui-chip:has([name=checks][value={name}])").click()
        assert (repeats.input_value(), repeats.is_visible()) == (share, name == "own")
        assert page.locator("[name=gold_rows]").is_visible() == (name != "light"), "strict checks open the field"


def enter_gold_items(page: "Page") -> None:
    """Fill in the example, then rows that are wrong, then a table from a spreadsheet."""
    page.get_by_role("button", name=say("en", "staff_step_quality")).click()
    choose_checks(page)
    page.get_by_role("button", name=say("en", "staff_gold_example")).click()
    page.wait_for_selector("#stf-gold-read td >> text=yes")
    page.fill("[name=gold_rows]", "question,model_a,model_b,winner\nq0,model-1,model-2,nobody")
    page.wait_for_selector("#stf-gold-read >> text=gold.csv:2")
    page.locator("button.stf-step").last.click()
    page.wait_for_selector("#stf-wiz-summary >> text=gold.csv:2")
    page.get_by_role("button", name=say("en", "staff_step_quality")).click()
    rows = ("question model_a model_b winner onboarding", "q0 model-1 model-2 model-2 ", "q1 model-1 model-2 tie yes")
    page.fill("[name=gold_rows]", "\n".join(rows).replace(" ", "\t"))
    page.fill("[name=gold_share]", "10")
    assert violations(page) == []
    shot(page, "wizard-quality")


def try_ratings(page: "Page") -> None:
    """Choose ratings and go back to pairs: words and built-in guidelines follow, of which nobody has written others."""
    label, guidelines = page.locator("label[for=stf-wizard-overlap]"), page.locator("[name=guidelines]")
    shown = "e => [...e.children].filter(one => getComputedStyle(one).display !== 'none').map(one => one.textContent)"
    for kind, word, told in (
        ("satisfaction", "response", "one or more responses"),
        ("pairwise", "pair", "two responses"),
    ):
        page.locator(f".ui-chip:has([name=kind][value={kind}])").click()
        assert label.evaluate(shown) == [f"Raters per {word}"]
        page.locator("[name=layout][value=side_by_side]").evaluate("e => { e.checked = true; }")
        together = "pair" if word == "pair" else "question"
        assert label.evaluate(shown) == [f"Raters per {together}"], "all responses to a question at once"
        page.locator("[name=layout][value=single]").evaluate("e => { e.checked = true; }")
        assert told in guidelines.input_value()


def ask_for_more_raters(page: "Page") -> None:
    """Change one setting: the form names it beside its button, which stays in view; the question has both values."""
    page.click("#stf-change")
    page.fill("#stf-change-card [name=overlap]", "3")
    page.wait_for_selector("#stf-change-count >> text=Raters per pair")
    page.locator("[name=overlap]").scroll_into_view_if_needed()
    save = page.locator("#stf-change-card [type=submit]")
    box = save.bounding_box()
    assert box is not None and box["y"] + box["height"] <= page.evaluate("window.innerHeight")
    assert violations(page) == []
    save.click()
    asked = page.get_by_role("dialog")
    asked.wait_for()
    assert asked.locator("dt, dd").all_inner_texts() == ["Raters per pair", "1 → 3"]
    asked.get_by_role("button", name=say("en", "staff_save_changes")).click()
    page.wait_for_selector("#stf-campaign dt:has-text('Raters per pair') + dd:text-is('3')")


def look_around_and_pause(page: "Page") -> None:
    """Go to the list and back to the new campaign by keyboard, and pause it at the second attempt."""
    assert page.locator("#stf-campaign th >> text=w17").count() == 1
    page.click("#stf-back")
    page.wait_for_function("document.activeElement.id === 'stf-open-2'")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'stf-campaign'")
    page.click("#stf-pause")
    page.get_by_role("dialog").get_by_role("button", name=say("en", "staff_cancel")).click()
    assert page.evaluate("document.activeElement.id") == "stf-pause"
    page.click("#stf-pause")
    page.get_by_role("dialog").get_by_role("button", name=say("en", "admin_pause")).click()
    page.wait_for_selector(f"#stf-campaign .ui-badge >> text={say('en', 'admin_state_paused')}")


def test_a_campaign_is_made_in_steps_and_a_form_left_half_way_loses_nothing(
    page: "Page", own_site: AdminSite, own_url: str
) -> None:
    add_accounts(own_site, 20)
    enter(page, own_site, own_url)
    turn_to(page, "campaigns", "en")
    page.click("#stf-new")
    choose_one_of_many(page)
    page.locator("button.stf-step").first.click()
    try_ratings(page)
    page.fill("[name=name]", "About model-1")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=say("en", "staff_title_questions"), level=3).wait_for()
    page.fill("[name=search]", "question")
    page.click("[data-next]")
    page.get_by_role("heading", name=say("en", "staff_title_models"), level=3).wait_for()
    page.reload()
    turn_to(page, "campaigns", "en")
    page.click("#stf-new")
    page.wait_for_selector("[data-restored]:not([hidden])")
    assert page.locator("[name=search]").input_value() == "question"
    assert page.locator("[value=w17]").is_checked()
    assert page.get_by_role("heading", name=say("en", "staff_title_models"), level=3).is_visible()
    steps = page.get_by_role("list", name=say("en", "staff_steps")).get_by_role("button")
    names = ("✓Name (done)", "✓Questions (done)", "3Models", "4Guidelines")
    assert tuple(steps.all_text_contents()[:4]) == names, "also after a reload"
    assert page.locator("[aria-current=step]").all_text_contents() == ["3Models"]
    page.locator("button.stf-step").last.click()
    page.wait_for_selector("#stf-wiz-summary .ui-note.is-alert")
    page.click("[data-finish]")
    page.wait_for_selector("[name=name][aria-invalid=true]")
    assert violations(page) == []
    assert page.evaluate("document.activeElement.name") == "name", "the focus is at the field that is wrong"
    page.fill("[name=name]", "A second campaign")
    enter_gold_items(page)
    page.locator("button.stf-step").last.click()
    page.wait_for_selector("#stf-wiz-summary .ui-tiles")
    choose_all_models_again(page)
    page.locator("button.stf-step").last.click()
    page.wait_for_selector("#stf-wiz-summary .ui-tiles")
    assert "1 mixed in (10%), 1 as practice" in page.inner_text("#stf-wiz-summary")
    page.click("[data-finish]")
    page.wait_for_selector("#stf-campaign >> text=A second campaign")
    ask_for_more_raters(page)
    look_around_and_pause(page)
    assert page.evaluate("JSON.stringify(localStorage)").count("A second campaign") == 0, "the draft is done with"
    with own_site.database.reading() as session:
        states = {one.name: one.state for one in campaigns(session)}
        (silent, first) = list_gold(session, 2)
    assert states == {"campaign": CampaignState.open, "A second campaign": CampaignState.paused}
    assert (silent.question, silent.winner, silent.onboarding, first.onboarding) == ("q0", "model_b", False, True)


def test_invitations_and_files_go_through_the_page(
    page: "Page", own_site: AdminSite, own_url: str, tmp_path: Path
) -> None:
    enter(page, own_site, own_url)
    turn_to(page, "raters", "en")
    opener = page.get_by_role("button", name=say("en", "admin_invite"))
    opener.click()
    assert page.evaluate("document.activeElement.name") == "role", "the form opens at its first field"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.dataset.jump === 'stf-invitations'")
    opener.press("Enter")
    page.get_by_label(say("en", "admin_invite_days")).fill("3")
    for tab in ("data", "raters", "changes", "raters"):
        turn_to(page, tab, "en")
    with page.expect_request("**/invitations/make") as sent:
        page.get_by_role("button", name=say("en", "admin_invite_make")).click()
    assert json.loads(sent.value.post_data or "{}")["days"] == "3", "entries outlive a look at other tabs"
    page.wait_for_selector("#stf-invite-link")
    address = page.locator("#stf-invite-link").input_value()
    assert address.startswith(f"{own_url}/invite/")
    page.click(f"#stf-links > summary >> text={say('en', 'staff_invitations_n', n=1)}")
    page.get_by_role("button", name=say("en", "staff_revoke")).click()
    page.get_by_role("dialog").get_by_role("button", name=say("en", "staff_revoke")).click()
    page.wait_for_selector("#stf-invites >> text=revoked")
    rows = "".join(f'{{"key": "new {n}", "turns": ["{"long " * 900}{n}"]}}\n' for n in range(40))
    (tmp_path / "more.jsonl").write_text(rows, encoding="utf-8")
    page.evaluate("document.querySelector('#stf-import-file').dataset.old = 'yes'")
    turn_to(page, "data", "en")
    page.wait_for_selector("#stf-import-file:not([data-old])")  # the page is filled again when it is opened
    page.set_input_files("#stf-import-file", str(tmp_path / "more.jsonl"))
    page.get_by_role("button", name=say("en", "staff_check_file")).click()
    page.click("#stf-import-now")
    page.wait_for_selector("#stf-import-result .ui-note.is-done >> text=40 rows were imported")
    with page.expect_download() as caught:
        page.get_by_role("button", name=say("en", "staff_download")).click()
    assert caught.value.suggested_filename.endswith(".zip")
    assert page.goto(address).status == 404  # type: ignore[union-attr]
    assert violations(page) == []


def test_a_reviewer_changes_the_language_and_has_no_raters_tab_and_an_annotator_no_page(
    page: "Page", site: AdminSite, url: str
) -> None:
    enter(page, site, url, "rev")
    assert page.get_by_role("tab", name=say("en", "admin_tab_raters"), exact=True).count() == 0
    page.locator("[data-adm-language=zh]").click()
    page.wait_for_selector(f"h1 >> text={say('zh', 'admin_title')}")
    assert page.get_by_role("tab", name=say("zh", "admin_tab_raters"), exact=True).count() == 0
    token = SignIns(site.database, clock=clock).open(site.people["ann"])
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    answer = page.goto(f"{url}/admin/")
    assert answer is not None
    assert answer.status == 403
    assert "model-1" not in page.content()
