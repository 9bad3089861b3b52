"""What axe-core finds on a page: the rules of WCAG 2.2 A and AA, and its own best practices."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SETTLED = """() => Promise.allSettled(
    document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished))"""
"""Resolves when no colour is on its way to another: a look between two looks is not what a reader sees."""
FIND = """inside => axe.run(inside ?? document, {resultTypes: ['violations'], selectors: false}).then(found =>
    found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`)))"""
"""One line for each element of a part that breaks a rule; nothing else of what axe found leaves the page."""


def violations(page: Page, *, inside: str | None = None) -> list[str]:
    """Run axe-core on a page as it is once its transitions have ended.

    Args:
        page: a loaded page.
        inside: selector of the part to look at; None for the whole page.

    Returns:
        One line per element that breaks a rule, `rule: html`, in the order in which axe reports them.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(SETTLED)
    return list(page.evaluate(FIND, inside))
