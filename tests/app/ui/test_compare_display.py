"""The Compare page in a Chromium that playwright drives: its languages, phones, long and wide texts."""

from typing import Literal

import pytest

from tests.app.ui.conftest import PHONE, Start

pytestmark = pytest.mark.chromium


def test_the_page_is_in_the_language_of_its_user_who_can_change_it(visit: Start) -> None:
    site = visit(language="zh")
    site.begin()
    assert "更好" in site.page.inner_text("[data-choice=model_a]")
    assert site.page.evaluate("document.documentElement.lang").startswith("zh")
    with site.page.expect_response("**/api/language"):
        site.page.click("[data-part=language]")
    english = "document.querySelector('[data-choice=model_a]').innerText.includes('A is better')"
    site.page.wait_for_function(english)
    site.page.reload()
    site.ready()
    assert site.page.evaluate(english), "the choice belongs to the account"
    assert site.page.evaluate("document.documentElement.lang").startswith("en")


def test_a_phone_shows_everything_without_sideways_scrolling_in_light_and_dark(visit: Start) -> None:
    wide = "| " + " | ".join(f"column {i}" for i in range(30)) + " |\n|" + "---|" * 30 + "\n\n`" + "x" * 300 + "`\n"
    code = "This is slow:\n\n```python\nresult = [" + "some_function(value), " * 12 + "]\n```\n\nMake it faster."
    site = visit(
        viewport=PHONE,
        questions={"Question?": (wide, wide + "b"), code: ("left", "right"), code + "!": (wide, "right")},
    )
    site.begin()
    schemes: list[Literal["light", "dark"]] = ["light", "dark", "light"]
    for voted, scheme in enumerate(schemes, start=1):
        site.ready()
        site.page.emulate_media(color_scheme=scheme)
        assert site.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        left, right = (site.page.locator(f"[data-part={part}]").bounding_box() for part in ("left", "right"))
        assert left and right and right["y"] >= left["y"] + left["height"] - 1
        box = site.page.locator("[data-choice=both_bad]").bounding_box()
        assert box and box["y"] + box["height"] <= PHONE["height"]
        site.page.click("[data-choice=both_bad]")
        site.page.wait_for_function(
            "voted => document.querySelector('[data-part=track]').getAttribute('aria-valuenow') === voted"
            " || document.querySelector('#ev-compare').dataset.state === 'done'",
            arg=str(voted),
        )
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    assert [row.winner for row in site.rows()] == ["both_bad"] * 3


def test_a_very_long_response_leaves_the_page_usable(visit: Start) -> None:
    huge = "formula $x^2$ and **bold** text. " * 32_000
    site = visit(questions={"Long?": (huge, "short")})
    site.begin()
    site.vote("2")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    assert len(site.rows()) == 1
