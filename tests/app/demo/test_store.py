"""The demo store: recorded like real work, reproducible, and marked as invented."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.store import BALLOTS_PER_RATER, CAMPAIGN, N_RATERS, fill_demo
from app.web.accounts.accounts import Credentials
from app.wiring import make_accounts
from arena.campaigns.service import VotingService
from arena.leaderboard.ranking import rank
from storage.campaigns import campaigns
from storage.campaigns.progress_counts import campaign_counts
from storage.database.engine import Database, open_database
from storage.judges.replies import judges, replies_of
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.seed.loading import load_qualities
from storage.values import BallotState, Role

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return make_demo(tmp_path_factory.mktemp("demo") / "demo.db")


def make_demo(path: Path) -> Database:
    database = open_database(str(path))
    fill_demo(database, make_accounts(database), now=NOW, readable_passwords=True)
    return database


def test_the_leaderboard_finds_the_order_behind_the_simulated_votes(example: Database) -> None:
    strengths = load_qualities().strengths
    board = rank(example, Selection())
    assert [row.model for row in board.rows] == sorted(strengths, key=strengths.__getitem__, reverse=True)
    assert all(row.lower is not None and row.upper is not None for row in board.rows)
    assert board.counts.get("flagged", 0) > 0


def test_every_ballot_is_recorded_like_a_real_one(example: Database) -> None:
    with example.reading() as session:
        campaign = campaigns.campaign_named(session, CAMPAIGN)
        counts = campaign_counts(session, int(campaign.id or 0)).ballots
        assert list(chain.broken_batches(session)) == []
    assert campaign.example
    assert counts[BallotState.voted] + counts[BallotState.skipped] == N_RATERS * BALLOTS_PER_RATER
    assert BallotState.shown not in counts and BallotState.reserved not in counts


def test_making_it_again_gives_the_same_votes(example: Database, tmp_path: Path) -> None:
    again = make_demo(tmp_path / "again.db")
    assert rank(again, Selection()).rows == rank(example, Selection()).rows
    again.close()


def test_its_logins_work_and_leave_the_annotator_something_to_do(example: Database) -> None:
    accounts = make_accounts(example)
    people = {
        role: accounts.sign_in(Credentials(str(role), f"{role}-demo"), address="127.0.0.1")
        for role in (Role.annotator, Role.reviewer, Role.admin)
    }
    assert {role: person.role for role, person in people.items()} == {role: role for role in people}
    voting = VotingService(example, clock=lambda: NOW, mint=iter(map(str, range(99))).__next__)
    ballots = voting.open_ballots(people[Role.annotator].rater_id)
    assert ballots.current is not None and ballots.total > 100


def test_the_example_has_judges_that_say_they_are_made_up(example: Database) -> None:
    with example.reading() as session:
        found = judges(session)
        comparing = next(judge for judge in found if judge.judgments)
        replies = list(replies_of(session, "judgement", comparing.rater_id))
    assert len(found) == 2 and all("made up" in judge.name for judge in found)
    assert {reply.cause for reply in replies} == {None, "no_marker"}, "most replies have a verdict, some have none"
    assert len(replies) > 1.8 * comparing.judgments, "both orders, except where both texts are equal"
