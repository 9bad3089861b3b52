"""What the Leaderboard page gets: filters, the board of the pipeline, and why there is none."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.ui.leaderboard.boards import LeaderboardSource
from app.views.sentences import say
from arena.leaderboard.ranking import rank
from storage.campaigns.campaigns import campaigns
from storage.database.tables import Model
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.preferences import exclude
from tests.app.admin_site import AdminSite, admin_site
from tests.clocks import START


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    """A campaign of three models, four questions and two raters without an account."""
    with admin_site(tmp_path) as built:
        yield built


def shown(site: AdminSite, seen: int | None = None, /, **wanted: str) -> Any:
    return LeaderboardSource(site.services).board(wanted, "en", seen)


def control(page: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = {one["name"]: one for one in page["filters"]}
    return {"value": found[name]["value"], "options": [value for _, value in found[name]["options"]]}


def number(page: Mapping[str, Any], label: str) -> int:
    return next(int(one["number"]) for one in page["board"]["counts"] if one["label"] == say("en", label))


def test_the_page_shows_the_board_of_the_pipeline_and_stores_nothing(site: AdminSite) -> None:
    site.vote(site.arena.raters[0])
    with site.database.reading() as session:
        before = chain.head(session)
    page, board = shown(site), rank(site.database, Selection())
    rows = [row["cells"] for group in page["board"]["groups"] for row in group["rows"]]
    assert [row["model"] for row in rows] == [row.model for row in board.rows]
    assert [row["rating"] for row in rows] == [f"{row.rating:.0f}" for row in board.rows]
    assert number(page, "board_count_human") == len(board.battles)
    with site.database.reading() as session:
        assert chain.head(session) == before


def test_filters_have_values_of_the_votes_and_drop_others(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=3)
    site.vote(site.arena.raters[1], n=2)
    page = shown(site, rater="r1", category="of-yesterday", method="guessing", __theme="dark")
    assert page["query"] == "rater=r1", "what a link needs, and nothing else"
    assert control(page, "method")["value"] == "bradley-terry"
    assert control(page, "rater") == {"value": "r1", "options": ["", "r0", "r1"]}
    assert str(site.arena.campaign) in control(page, "campaign")["options"]
    assert number(page, "board_count_human") == 2


def test_no_method_or_filter_is_on_offer_without_something_to_choose(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=3)
    page = shown(site, method="satisfaction")
    assert "satisfaction" not in control(page, "method")["options"], "nobody gave a score"
    names = [one["name"] for one in page["filters"]]
    assert "rater" not in names and "dimension" not in names
    assert names[0] == "by"


def test_a_page_that_stays_open_follows_the_votes_and_rests_in_between(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=2)
    source = LeaderboardSource(site.services)
    first = source.board({}, "en")
    assert first is not None and number(first, "board_count_human") == 2
    assert source.board({}, "en", first["position"]) is None, "nothing happened"
    site.vote(site.arena.raters[1], n=3)
    after = source.board({}, "en", first["position"])
    assert after is not None and number(after, "board_count_human") == 5


def test_what_was_left_out_is_said_on_a_board_and_on_an_empty_one(site: AdminSite) -> None:
    n = site.vote(site.arena.raters[0], n=3)
    site.vote(site.arena.raters[1], n=2)
    with site.database.writing() as session:
        exclude(session, rater_id=site.arena.raters[0], reason="clicks", actor_id=site.people["root"], now=START)
    page = shown(site)
    assert number(page, "board_left_out") == n
    assert say("en", "board_left_excluded", n=n) in page["board"]["left_out"]
    nothing = shown(site, rater="r0")["nothing"]
    assert nothing["text"] == say("en", "board_empty_left_out", n=n)
    assert nothing["left_out"] == [say("en", "board_left_excluded", n=n)]
    assert nothing["is_filtered"]


def test_a_board_without_votes_says_what_is_missing(site: AdminSite) -> None:
    assert shown(site)["nothing"]["text"] == say("en", "board_empty_human_first")
    site.vote(site.arena.raters[0], n=4)
    assert shown(site, by="judge")["nothing"]["text"] == say("en", "board_empty_judge")
    assert shown(site, adjust="raters")["nothing"]["text"] == say("en", "board_impossible_adjust")


def test_warnings_stand_before_everything_else(site: AdminSite) -> None:
    assert [one["title"] for one in shown(site, by="judge")["banners"]] == [say("en", "board_judges")]
    with site.database.writing() as session:
        campaigns(session)[0].example = True
    assert [one["text"] for one in shown(site)["banners"]] == [say("en", "admin_example_text")]


def test_a_window_of_days_leaves_older_votes_out(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=4)
    later = LeaderboardSource(dataclasses.replace(site.services, clock=lambda: START + timedelta(days=40)))
    empty, full = later.board({"window": "30"}, "en"), later.board({"window": "90"}, "en")
    assert empty is not None and empty["nothing"]["text"] == say("en", "board_empty_human")
    assert full is not None and number(full, "board_count_human") == 4


def test_the_closer_look_names_every_category_and_ends_at_the_last_vote(site: AdminSite) -> None:
    n = site.vote(site.arena.raters[0], n=6) + site.vote(site.arena.raters[1], n=6)
    closer = LeaderboardSource(site.services).closer({}, "en")
    assert closer["history"]["battles"][-1] == n
    assert {line["model"] for line in closer["history"]["lines"]} == set(closer["slices"]["models"])
    assert all(column["name"] for column in closer["slices"]["columns"])
    assert LeaderboardSource(site.services).closer({"by": "judge"}, "en") == {"history": None, "slices": None}


def test_the_file_has_the_numbers_of_the_board_and_no_formula(site: AdminSite) -> None:
    with site.database.writing() as session:
        session.get_one(Model, 1).name = "=cmd|' /C calc'!A0"
    site.vote(site.arena.raters[0])
    rows = list(csv.DictReader(io.StringIO(LeaderboardSource(site.services).file({}))))
    board = rank(site.database, Selection())
    assert [row["model"].removeprefix("'") for row in rows] == [row.model for row in board.rows]
    assert [float(row["rating"]) for row in rows] == [row.rating for row in board.rows]
    assert not any(row["model"].startswith("=") for row in rows)
