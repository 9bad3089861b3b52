"""Own votes: listed newest first, changed by superseding rows, counted; nobody else's and nothing that has ended."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from arena.campaigns.open_ballots import VoteInput
from arena.campaigns.own_work.votes import OwnStatistics, OwnVotes
from storage.campaigns import campaigns
from storage.database.engine import Database
from storage.database.ledger_tables import Comment, Preference
from storage.errors import Conflict, NotFound
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, read_battles
from storage.values import CampaignState, SkipReason, VoteReason, Winner
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START
from tests.stores import open_store


@pytest.fixture
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    database: Database = open_store(tmp_path_factory.mktemp("own") / "store.db")
    yield make_arena(database)
    database.close()


@pytest.fixture
def own(arena: Arena) -> OwnVotes:
    return OwnVotes(arena.database, clock=arena.clock, mint=lambda: "salt")


def vote(arena: Arena, given: VoteInput) -> str:
    """Vote on the pair on screen and return its token."""
    opened = arena.voting.open_ballots(arena.raters[0])
    assert opened.current is not None
    arena.voting.vote(arena.raters[0], opened.current.token, given)
    return opened.current.token


def rows(arena: Arena) -> list[Preference]:
    with arena.database.reading() as session:
        return list(session.execute(select(Preference).order_by(col(Preference.position))).scalars())


def test_the_history_is_newest_first_with_what_was_said(arena: Arena, own: OwnVotes) -> None:
    rater = arena.raters[0]
    first = vote(arena, VoteInput(Winner.model_a, seconds=4, strength=2, reasons=(VoteReason.clarity,)))
    second = vote(arena, VoteInput(Winner.tie, seconds=8, flag="broken"))
    opened = arena.voting.open_ballots(rater)
    assert opened.current is not None
    arena.voting.skip(rater, opened.current.token, SkipReason.too_long)
    listed = own.history(rater, arena.campaign, limit=50)
    assert [(one.token, one.winner) for one in listed[1:]] == [(second, Winner.tie), (first, Winner.model_a)]
    assert listed[0].winner is None
    assert (listed[2].strength, listed[2].reasons, listed[1].flag) == (2, ["clarity"], "broken")
    assert own.history(rater, arena.campaign, limit=1) == listed[:1]
    assert own.statistics(rater, arena.campaign) == OwnStatistics(2, ties=1, both_bad=0, skips=1, median_seconds=6)


def test_a_change_supersedes_the_vote_and_the_same_change_again_writes_nothing(arena: Arena, own: OwnVotes) -> None:
    rater = arena.raters[0]
    token = vote(arena, VoteInput(Winner.model_a, seconds=4, comment="first thought"))
    on_screen = arena.voting.open_ballots(rater)
    opened = own.open_again(rater, token)
    assert (opened.pair.recorded, opened.comment) == ("model_a", "first thought")
    assert len(rows(arena)) == 1, "looking writes nothing"
    new = VoteInput(Winner.model_b, seconds=3, strength=1, reasons=(VoteReason.accuracy,), comment="second thought")
    assert [own.change(rater, token, new) for _ in range(3)] == [True, False, False]
    first, second = rows(arena)
    assert (second.winner, second.supersedes, second.ballot_id) == ("model_b", first.position, first.ballot_id)
    assert (second.seconds, second.strength, second.reasons, second.blind) == (7, 1, ["accuracy"], True)
    assert (second.model_a_id, second.response_b_id) == (first.model_a_id, first.response_b_id)
    with arena.database.reading() as session:
        battles = read_battles(session, Selection())
        assert len(battles) == 1 and battles.counts == {"superseded": 1}
        assert (
            session.execute(select(col(Comment.body)).order_by(col(Comment.id))).scalars().all()[-1] == "second thought"
        )
        assert list(chain.broken_batches(session)) == []
    assert arena.voting.open_ballots(rater) == on_screen, "the pair on screen stays"
    assert arena.voting.undo(rater).current is not None, "an undo after a change takes back the changed vote"
    assert [row.winner for row in rows(arena)] == ["model_a", "model_b", None]


def test_only_own_answered_pairs_of_an_open_campaign_can_be_changed(arena: Arena, own: OwnVotes) -> None:
    rater, other = arena.raters
    token = vote(arena, VoteInput(Winner.tie))
    on_screen = arena.voting.open_ballots(rater).current
    assert on_screen is not None
    new = VoteInput(Winner.model_a)
    for call in (own.open_again, lambda who, named: own.change(who, named, new)):
        with pytest.raises(NotFound, match="not yours"):
            call(other, token)
        with pytest.raises(Conflict, match="no answer"):
            call(rater, on_screen.token)
    for state in (CampaignState.paused, CampaignState.closed):
        with arena.database.writing() as session:
            campaigns.set_state(session, arena.campaign, state, now=START)
        with pytest.raises(Conflict, match="no changes"):
            own.change(rater, token, new)
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, CampaignState.open, now=START)
        campaigns.remove_rater(session, arena.campaign, rater, now=START)
    with pytest.raises(Conflict, match="no changes"):
        own.change(rater, token, new)
    with pytest.raises(NotFound, match="not yours"):
        own.history(rater, 99, limit=5)
    assert [row.winner for row in rows(arena)] == ["tie"]
