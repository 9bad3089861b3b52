"""The Compare page in a Chromium that playwright drives: its languages, phones, long and wide texts."""

import pytest

from storage.values import Language
from tests.app.ui.conftest import PHONE, Start

pytestmark = pytest.mark.chromium


@pytest.mark.parametrize(("language", "word"), [("en", "A is better"), ("zh", "更好")])
def test_the_page_is_in_the_language_of_its_user(visit: Start, language: Language, word: str) -> None:
    site = visit(language=language)
    site.begin()
    assert word in site.page.inner_text("[data-choice=model_a]")
    assert site.page.evaluate("document.documentElement.lang").startswith(language)
    with site.page.expect_response("**/api/language"):
        site.page.click("[data-part=language]")
    other = "更好" if language == "en" else "A is better"
    site.page.wait_for_function(
        "word => document.querySelector('[data-choice=model_a]').innerText.includes(word)", arg=other
    )
    site.page.reload()
    site.ready()
    assert other in site.page.inner_text("[data-choice=model_a]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_sideways_scrolling(visit: Start, scheme: str) -> None:
    wide = "| " + " | ".join(f"column {i}" for i in range(30)) + " |\n|" + "---|" * 30 + "\n\n`" + "x" * 300 + "`\n"
    site = visit(viewport=PHONE, scheme=scheme, questions={f"Question {i}?": (wide, wide + "b", "c") for i in range(2)})
    site.begin()
    site.ready()
    assert site.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    left, right = (site.page.locator(f"[data-part={part}]").bounding_box() for part in ("left", "right"))
    assert left and right and right["y"] >= left["y"] + left["height"] - 1
    box = site.page.locator("[data-choice=both_bad]").bounding_box()
    assert box and box["y"] + box["height"] <= PHONE["height"]
    site.page.click("[data-choice=both_bad]")
    site.page.wait_for_function("document.querySelector('[data-part=track]').getAttribute('aria-valuenow') === '1'")
    assert [row.winner for row in site.rows()] == ["both_bad"]


def test_a_very_long_response_leaves_the_page_usable(visit: Start) -> None:
    huge = "formula $x^2$ and **bold** text. " * 32_000
    site = visit(questions={"Long?": (huge, "short")})
    site.begin()
    site.vote("2")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    assert len(site.rows()) == 1


def test_a_question_with_wide_code_leaves_the_vote_buttons_in_reach_on_a_phone(visit: Start) -> None:
    code = "This is slow:\n\n```python\nresult = [" + "some_function(value), " * 12 + "]\n```\n\nMake it faster."
    site = visit(viewport=PHONE, questions={code: ("left", "right")})
    site.begin()
    site.ready()
    assert site.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    site.page.click("[data-choice=tie]")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    assert [row.winner for row in site.rows()] == ["tie"]
