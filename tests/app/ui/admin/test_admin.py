"""The admin pages: who may call what, what changes, and that a name is never markup."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from sqlmodel import select

from app.ui.admin.campaign_form import CampaignForm
from app.ui.admin.campaigns_page import CampaignsPage
from app.ui.admin.data_page import DataPage
from app.ui.admin.pages import Welcome, admin_look, admin_pages
from app.ui.admin.raters_page import RatersPage
from app.ui.judges.page import JudgesPage
from app.ui.judges.reader import JudgesReader
from app.ui.objective.items import ObjectiveItems
from app.ui.objective.page import ObjectivePage
from app.ui.visitor import Page
from app.views.sentences import say, sentences
from storage.accounts.raters import find_person
from storage.campaigns.campaigns import campaigns, rater_ids
from storage.campaigns.tallies import raters
from storage.database.engine import Database
from storage.database.tables import Model, Question, Rater
from storage.errors import StoreBusy
from storage.ledger import chain
from storage.values import CampaignState, RaterKind, Role
from tests.app.admin_site import AdminSite, admin_site, asking
from tests.clocks import START

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
    (ObjectiveItems, "show"): Role.reviewer,
    (ObjectiveItems, "back"): Role.reviewer,
    (ObjectiveItems, "forward"): Role.reviewer,
    (ObjectiveItems, "open"): Role.reviewer,
    (CampaignsPage, "show"): Role.reviewer,
    (CampaignsPage, "pause"): Role.admin,
    (CampaignsPage, "resume"): Role.admin,
    (CampaignsPage, "close"): Role.admin,
    (CampaignsPage, "let_in"): Role.admin,
    (CampaignForm, "offer"): Role.reviewer,
    (CampaignForm, "preview"): Role.admin,
    (CampaignForm, "create"): Role.admin,
    (RatersPage, "show"): Role.admin,
    (RatersPage, "invite"): Role.admin,
    (RatersPage, "activate"): Role.admin,
    (RatersPage, "deactivate"): Role.admin,
    (RatersPage, "exclude"): Role.admin,
    (RatersPage, "readmit"): Role.admin,
    (DataPage, "show"): Role.reviewer,
}
"""Who may call what, written down a second time on purpose."""

HOSTILE = "<img src=x onerror=window.__x=1>${window.__x=1}{{x}}\u202e"
FORM = ("A campaign", (), "", "", "", 1, "", ())


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
    call(site, RatersPage, "show", None)
    call(site, RatersPage, "deactivate", str(site.people["rev"]))
    with pytest.raises(gr.Error):
        call(site, JudgesPage, "show", None, by="rev")


def test_reviewers_see_leaderboards_and_progress_but_no_controls(site: AdminSite) -> None:
    _, raters_tab = call(site, Welcome, "greet", by="rev")
    assert change(raters_tab) == {"visible": False}
    answer = call(site, CampaignsPage, "show", None, by="rev")
    assert "campaign" in shown(answer)
    assert change(answer[2]) == {"visible": True}, "the details"
    assert change(answer[5]) == {"visible": False}, "the tools"
    assert change(call(site, CampaignForm, "offer", by="rev")[0]) == {"visible": False}


def test_no_function_has_a_name_in_the_api(site: AdminSite) -> None:
    pages = admin_pages(site.services)
    assert {function.api_visibility for function in pages.fns.values()} == {"private"}


def test_a_busy_store_is_reported(site: AdminSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("locked by another process")

    monkeypatch.setattr("app.ui.admin.data_page.sources", busy)
    assert refused(site, DataPage, "show") == say("en", "admin_error_store")


# All tabs


def test_names_from_files_are_text_on_every_tab(site: AdminSite) -> None:
    with site.database.writing() as session:
        for model in session.exec(select(Model)):
            model.name = f"{HOSTILE}{model.id}"
        session.add(Rater(kind=RaterKind.human, source=HOSTILE, key=HOSTILE, created_at=START))
        session.add(Question(source=HOSTILE, key="q", turns=None, created_at=START))
        campaigns(session)[0].name = HOSTILE
    site.vote(site.arena.raters[0])
    answers = [
        call(site, CampaignsPage, "show", None),
        call(site, RatersPage, "show", None),
        call(site, DataPage, "show"),
    ]
    for answer in answers:
        page = shown(answer)
        assert "&lt;img src=x" in page
        assert "<img" not in page
        assert "\u202e" not in page


# Campaigns


def test_progress_counts_by_rater_and_by_pair(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=3)
    page = shown(call(site, CampaignsPage, "show", None))
    assert "3 of 12" in page
    assert 'role="progressbar"' in page and 'aria-valuenow="25"' in page
    row = re.search(r"<tr><th scope=\"row\">r0</th>(.*?)</tr>", page)
    assert row is not None
    assert re.findall(r">([^<>]+)</td>", row[1]) == ["3", "0", "8 s"], "votes, skips, median of 7, 8 and 9 seconds"
    assert page.count("adm-versus") == 3, "pairs without a vote are listed too"


def test_a_campaign_is_paused_resumed_and_closed(site: AdminSite) -> None:
    chosen = str(site.arena.campaign)
    for handler, state in (
        ("pause", CampaignState.paused),
        ("resume", CampaignState.open),
        ("close", CampaignState.closed),
    ):
        call(site, CampaignsPage, handler, chosen)
        with site.database.reading() as session:
            assert campaigns(session)[0].state == state
    assert site.arena.voting.open_ballots(site.arena.raters[0]).current is None


@pytest.mark.parametrize("chosen", [None, "", "99", "x", "1; drop table"])
def test_a_missing_campaign_is_reported(site: AdminSite, chosen: str | None) -> None:
    assert refused(site, CampaignsPage, "pause", chosen) == say("en", "admin_need_choice")


def test_raters_are_added_to_a_campaign(site: AdminSite) -> None:
    call(site, CampaignsPage, "let_in", str(site.arena.campaign), ["ann", "no such person"])
    with site.database.reading() as session:
        assert site.people["ann"] in rater_ids(session, site.arena.campaign)
    assert refused(site, CampaignsPage, "let_in", str(site.arena.campaign), []) == say("en", "admin_need_people")


def test_the_preview_matches_the_created_campaign(site: AdminSite) -> None:
    form = ("Second study", ["model-0", "model-1"], "", "", "", 2, "Be fair.", ["ann"])
    expected = say("en", "admin_preview", models=2, questions=4, pairs=4, verdicts=8)
    assert expected in call(site, CampaignForm, "preview", *form)
    chosen, name, _ = call(site, CampaignForm, "create", *form)
    assert name == ""
    made = change(chosen)["value"]
    page = shown(call(site, CampaignsPage, "show", made))
    assert "0 of 8" in page
    assert '<p dir="auto">Be fair.</p>' in page
    with site.database.reading() as session:
        assert rater_ids(session, int(made)) == [site.people["ann"]]


def test_an_invalid_campaign_is_refused_in_the_reader_s_language(site: AdminSite) -> None:
    site.speak("root", "zh")
    cases = {
        (" ", *FORM[1:]): say("zh", "admin_need_name"),
        ("Is MODEL-1 best?", *FORM[1:]): say("zh", "admin_name_tells", model="model-1"),
        ("campaign", *FORM[1:]): say("zh", "admin_name_taken", name="campaign"),
        (*FORM[:2], "poetry", *FORM[3:]): say("zh", "admin_preview_none"),
        (*FORM[:5], 0, *FORM[6:]): say("zh", "admin_need_overlap"),
        (*FORM[:5], 1.5, *FORM[6:]): say("zh", "admin_need_overlap"),
        ("x" * 201, *FORM[1:]): say("zh", "admin_too_long", longest=200),
        ("a\x00b", *FORM[1:]): say("zh", "admin_error_bad_input"),
    }
    for form, sentence in cases.items():
        assert refused(site, CampaignForm, "create", *form) == sentence


# Raters


def test_an_invitation_is_shown_once_and_makes_the_account_it_says(site: AdminSite) -> None:
    made = call(site, RatersPage, "invite", "reviewer", str(site.arena.campaign), 7)
    base, _, token = change(made)["value"].rpartition("/")
    assert base == "https://eval.example/invite"
    offer = site.accounts.invitation(token)
    assert (offer.role, offer.campaign_id) == (Role.reviewer, site.arena.campaign)
    assert (offer.expires_at - START).days == 7
    page = shown(call(site, RatersPage, "show", None))
    assert say("en", "admin_open_invites", n=1) in page
    assert token not in page


@pytest.mark.parametrize("values", [("god", "", 7), ("admin", "99", 7), ("admin", "", 0), ("admin", "", None)])
def test_an_invalid_invitation_is_refused(site: AdminSite, values: tuple[Any, ...]) -> None:
    assert refused(site, RatersPage, "invite", *values)


def test_accounts_are_switched_off_and_on_but_never_one_s_own(site: AdminSite) -> None:
    chosen = str(site.people["ann"])
    call(site, RatersPage, "deactivate", chosen)
    with site.database.reading() as session:
        person = find_person(session, "ann")
    assert person is not None and not person.active
    call(site, RatersPage, "activate", chosen)
    assert refused(site, RatersPage, "deactivate", str(site.people["root"])) == say("en", "admin_not_yourself")
    assert refused(site, RatersPage, "deactivate", str(site.arena.raters[0])) == say("en", "admin_no_account")


def test_excluding_a_rater_needs_a_reason_and_happens_once(site: AdminSite) -> None:
    chosen = str(site.arena.raters[0])
    assert refused(site, RatersPage, "exclude", chosen, "  ") == say("en", "admin_need_reason")
    call(site, RatersPage, "exclude", chosen, "clicks <b>fast</b>")
    assert "clicks &lt;b&gt;fast" in shown(call(site, RatersPage, "show", None))
    assert refused(site, RatersPage, "exclude", chosen, "again") == say("en", "admin_excluded_already", name="r0")
    call(site, RatersPage, "readmit", chosen, "was wrong")
    assert refused(site, RatersPage, "readmit", chosen, "again") == say("en", "admin_counts_already", name="r0")


def test_a_toast_shows_names_as_text(site: AdminSite) -> None:
    with site.database.writing() as session:
        session.get_one(Rater, site.arena.raters[0]).key = "<b>r</b>"
    call(site, RatersPage, "exclude", str(site.arena.raters[0]), "reason")
    assert "&lt;b&gt;r" in refused(site, RatersPage, "exclude", str(site.arena.raters[0]), "again")


# Data and frame


def test_the_store_is_counted_by_source(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=5)
    page = call(site, DataPage, "show", by="rev")
    row = re.search(r"<tr><th scope=\"row\">test</th>(.*?)</tr>", page)
    assert row is not None
    assert re.findall(r">([^<>]+)</td>", row[1]) == ["4", "0", "12", "5", "0", "0"]


def test_the_bar_greets_in_the_language_of_the_account(site: AdminSite) -> None:
    site.speak("rev", "zh")
    bar, _ = call(site, Welcome, "greet", by="rev")
    assert say("zh", "admin_title") in bar
    assert 'data-adm-language="en"' in bar
    assert bar.count("<h1>") == 1


def test_every_label_of_the_pages_is_in_both_languages(site: AdminSite) -> None:
    config = str(admin_pages(site.services).get_config_file())
    keys = set(re.findall(r"'key': '((?:admin|board)_\w+)'", config)) | set(
        re.findall(r'"key": "((?:admin|board)_\w+)"', config)
    )
    assert len(keys) > 20
    assert keys <= set(sentences("en")) and keys <= set(sentences("zh"))


def test_the_pages_bring_nothing_from_elsewhere() -> None:
    look = admin_look()
    assert re.findall(r'(?:href|src)="(?!/static/)', look["head"]) == []
    assert look["theme"]._stylesheets == []
