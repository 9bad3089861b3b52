"""The whole way of a team's data: real responses in, blind votes in a browser, a leaderboard that moves."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.cli import main
from app.site_wiring import make_web
from app.web.accounts.accounts import Credentials
from app.web.serving import serving
from app.wiring import make_accounts
from storage.campaigns.campaigns import campaign_named, invite_raters
from storage.database.engine import open_database
from storage.values import Role
from tests.app.compare_store import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from app.web.accounts.accounts import Accounts


def run(*arguments: str) -> None:
    assert main(list(arguments)) == 0, arguments


def sign_in(page: "Page", url: str, name: str) -> None:
    page.goto(f"{url}/login")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("form[action='/login'] button")


def people(accounts: "Accounts") -> dict[Role, int]:
    return {role: accounts.add(Credentials(str(role), PASSWORD), role=role) for role in (Role.annotator, Role.reviewer)}


def vote(page: "Page", url: str, keys: str) -> list[str]:
    """Vote as the annotator, and return the questions that were on screen."""
    sign_in(page, url, "annotator")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Enter")
    questions = []
    for key in keys:
        page.wait_for_selector("#ev-compare[data-state=ready][data-armed=yes]")
        questions.append(page.inner_text("[data-part=question]"))
        with page.expect_response("**/api/vote"):
            page.keyboard.press(key)
    return questions


def standing(page: "Page", url: str) -> str:
    """The text of the leaderboard as the reviewer sees it."""
    sign_in(page, url, "reviewer")
    page.wait_for_url("**/admin/**")
    page.wait_for_selector("table")
    return page.inner_text("body")


def test_real_responses_are_voted_on_and_ranked(
    browser: "Browser", shared_data: Path, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "subjective" / "vicuna_bench"
    store = ("--database", database_url)
    run("import", "questions", str(folder / "question.jsonl"), *store)
    run("import", "responses", *map(str, sorted((folder / "answer").glob("*.jsonl.gz"))), *store)
    run("campaign", "create", "First look", *store)
    database = open_database(database_url)
    accounts = people(make_accounts(database))
    with database.writing() as session:
        campaign = campaign_named(session, "First look")
        invite_raters(session, int(campaign.id or 0), [accounts[Role.annotator]])
    with serving(make_web(database)) as url:
        rater, reviewer = browser.new_context(), browser.new_context()
        asked = vote(rater.new_page(), url, "1213")
        first = standing(reviewer.new_page(), url)
        assert len(set(asked)) >= 3
        vote_page = rater.pages[0]
        vote_page.wait_for_selector("#ev-compare[data-state=ready][data-armed=yes]")
        with vote_page.expect_response("**/api/vote"):
            vote_page.keyboard.press("2")
        board = reviewer.pages[0]
        board.reload()
        board.wait_for_function("() => /Votes\\s+5\\b/.test(document.body.innerText)")
        second = board.inner_text("body")
        rater.close()
        reviewer.close()
    assert re.search(r"Votes\s+4\s+People\s+1\b", first)
    assert re.search(r"Votes\s+5\s+People\s+1\b", second)
    database.close()
    capsys.readouterr()
    run("rank", "--json", *store)
    assert '"battles": 5' in capsys.readouterr().out
