"""The admin pages: who may call what, what changes, and that a name is never markup."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.ui.admin.pages import Welcome, admin_look, admin_pages
from app.ui.judges.page import JudgesPage
from app.ui.judges.reader import JudgesReader
from app.ui.objective.items import ObjectiveItems
from app.ui.objective.page import ObjectivePage
from app.ui.objective.regression import ObjectiveRegression
from app.ui.visitor import Page
from app.views.sentences import say, sentences
from storage.accounts.raters import set_active
from storage.campaigns.campaigns import campaigns, rater_ids
from storage.campaigns.tallies import raters
from storage.database.engine import Database
from storage.ledger import chain
from storage.values import Role
from tests.app.admin_site import AdminSite, admin_site, asking

ROLES = {
    (Welcome, "greet"): Role.reviewer,
    (JudgesPage, "show"): Role.reviewer,
    (JudgesPage, "look"): Role.reviewer,
    (JudgesPage, "examine"): Role.reviewer,
    (JudgesReader, "show"): Role.reviewer,
    (JudgesReader, "newer"): Role.reviewer,
    (JudgesReader, "older"): Role.reviewer,
    (JudgesReader, "open"): Role.reviewer,
    (ObjectivePage, "show"): Role.reviewer,
    (ObjectiveRegression, "show"): Role.reviewer,
    (ObjectiveItems, "show"): Role.reviewer,
    (ObjectiveItems, "back"): Role.reviewer,
    (ObjectiveItems, "forward"): Role.reviewer,
    (ObjectiveItems, "open"): Role.reviewer,
}
"""Who may call what, written down a second time on purpose."""

HOSTILE = "<img src=x onerror=window.__x=1>${window.__x=1}{{x}}\u202e"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    """A campaign of three models, four questions and two raters without an account."""
    with admin_site(tmp_path) as built:
        yield built


def call(site: AdminSite, page: type[Page], handler: str, *values: Any, by: str | None = "root") -> Any:
    return getattr(page(site.services), handler)(asking(by), *values)


def refused(site: AdminSite, page: type[Page], handler: str, *values: Any) -> str:
    """Return the warning shown to an administrator; nothing may have changed."""
    before = state_of(site.database)
    with pytest.warns(UserWarning, match=".") as caught:
        assert call(site, page, handler, *values) == gr.skip()
    assert state_of(site.database) == before
    return str(caught[0].message)


def state_of(database: Database) -> tuple[Any, ...]:
    with database.reading() as session:
        studies = [(study.name, study.state, rater_ids(session, int(study.id or 0))) for study in campaigns(session)]
        return (chain.head(session), studies, raters(session))


def shown(answer: Any) -> str:
    """All HTML of an answer."""
    return "\n".join(part for part in (answer if isinstance(answer, tuple) else (answer,)) if isinstance(part, str))


def change(part: Any) -> dict[str, Any]:
    """The changes of a component update."""
    return dict(part.constructor_args)


# Who may call what


def test_the_role_of_every_handler_is_the_one_written_here(site: AdminSite) -> None:
    found = {}
    for function in admin_pages(site.services).fns.values():
        handler = function.fn
        if handler is None:
            continue  # runs in the browser
        found[(type(handler.__self__), handler.__name__)] = handler.needs
    assert found == ROLES, "every handler goes through `requires`, and ROLES says which role it needs"


@pytest.mark.parametrize("who", [None, "nobody", "ann", "gone", "rev"])
def test_a_call_without_permission_changes_nothing(site: AdminSite, who: str | None) -> None:
    before = state_of(site.database)
    for (page, handler), role in ROLES.items():
        if who == "rev" and role is Role.reviewer:
            continue
        with pytest.raises(gr.Error) as refusal:
            call(site, page, handler, *["1"] * 8, by=who)
        assert refusal.value.message in (say("en", "admin_error_not_allowed"), say("en", "admin_error_signed_out"))
    assert state_of(site.database) == before


def test_a_role_that_was_taken_away_counts_from_the_next_call(site: AdminSite) -> None:
    with site.database.writing() as session:
        set_active(session, site.people["rev"], active=False)
    with pytest.raises(gr.Error):
        call(site, JudgesPage, "show", None, by="rev")


def test_reviewers_have_no_tabs_of_administrators(site: AdminSite) -> None:
    _, *restricted = call(site, Welcome, "greet", by="rev")
    assert [change(tab) for tab in restricted] == [{"visible": False}] * 2


def test_no_function_has_a_name_in_the_api(site: AdminSite) -> None:
    pages = admin_pages(site.services)
    assert {function.api_visibility for function in pages.fns.values()} == {"private"}


# Data and frame


def test_the_bar_greets_in_the_language_of_the_account(site: AdminSite) -> None:
    site.speak("rev", "zh")
    bar, *_ = call(site, Welcome, "greet", by="rev")
    assert say("zh", "admin_title") in bar
    assert 'data-adm-language="en"' in bar
    assert bar.count("<h1>") == 1


def test_every_label_of_the_pages_is_in_both_languages(site: AdminSite) -> None:
    config = str(admin_pages(site.services).get_config_file())
    keys = set(re.findall(r"'key': '((?:admin|board)_\w+)'", config)) | set(
        re.findall(r'"key": "((?:admin|board)_\w+)"', config)
    )
    assert len(keys) > 5
    assert keys <= set(sentences("en")) and keys <= set(sentences("zh"))


def test_the_pages_bring_nothing_from_elsewhere() -> None:
    look = admin_look()
    assert re.findall(r'(?:href|src)="(?!/static/)', look["head"]) == []
    assert look["theme"]._stylesheets == []
