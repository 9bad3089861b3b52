"""What axe-core finds on a page: the rules of WCAG 2.2 A and AA, and its own best practices."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, *, inside: str | None = None) -> list[str]:
    """Run axe-core on a page as it is now.

    Args:
        page: a loaded page.
        inside: selector of the part to look at; None for the whole page.

    Returns:
        One line per element that breaks a rule, `rule: html`, in the order in which axe reports them.
    """
    found: dict[str, Any] = Axe().run(page, context=inside).response
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]]
