"""The looks in which browser tests see a page."""

from typing import Any

import pytest

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
