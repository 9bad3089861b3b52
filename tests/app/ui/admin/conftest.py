"""The looks in which browser tests see a page, and the way to a section of a tab."""

from typing import TYPE_CHECKING, Any

import pytest

from app.views.sentences import say
from storage.values import Language

if TYPE_CHECKING:
    from playwright.sync_api import Page

LOOKS: dict[str, dict[str, Any]] = {
    "wide and light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone and dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}


@pytest.fixture
def look() -> str:
    """The look of a test that is about something else."""
    return "wide and light"


@pytest.fixture
def browser_options(look: str) -> dict[str, Any]:
    return dict(LOOKS[look])


def choose_section(page: "Page", tab: str, key: str, language: Language = "en") -> None:
    """Choose a section of a tab in its outline, which is folded on a phone, by the key of its heading."""
    outline = page.locator(f"#adm-{tab} [data-outline]")
    if outline.locator("button").is_visible():
        outline.locator("button").click()
    outline.get_by_role("link", name=say(language, key), exact=True).click()
