"""Why a rater gets no pair: each cause from the state of the store, on both databases."""

from collections.abc import Iterator

import pytest

from arena.campaigns.ends import EndCause
from arena.campaigns.open_ballots import VoteInput
from storage.campaigns import campaigns
from storage.database.engine import Database, open_database
from storage.errors import NotFound
from storage.ledger import preferences
from storage.values import CampaignState, Winner
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def arena(database: Database) -> Arena:
    return make_arena(database, n_models=2, n_questions=2)


def end_of(arena: Arena, rater: int, campaign: int | None = None) -> EndCause | None:
    return arena.voting.open_ballots(rater, campaign).end


def vote_once(arena: Arena, rater: int) -> EndCause | None:
    opened = arena.voting.open_ballots(rater)
    assert opened.current is not None and opened.end is None
    return arena.voting.vote(rater, opened.current.token, VoteInput(Winner.tie)).end


def test_a_rater_who_waits_for_others_is_not_told_that_all_is_done(arena: Arena) -> None:
    one, other = arena.raters
    assert end_of(arena, one) is None  # holds both pairs from now on
    assert end_of(arena, other) is EndCause.waiting
    vote_once(arena, one)
    assert end_of(arena, other) is EndCause.waiting
    assert vote_once(arena, one) is EndCause.finished
    assert end_of(arena, other) is EndCause.finished


@pytest.mark.parametrize("state", [CampaignState.paused, CampaignState.closed])
def test_a_campaign_that_stops_says_so_after_the_last_vote_and_on_every_visit(
    arena: Arena, state: CampaignState
) -> None:
    one, other = arena.raters
    opened = arena.voting.open_ballots(one)
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, state, now=START)
    assert opened.current is not None
    after = arena.voting.vote(one, opened.current.token, VoteInput(Winner.tie))
    assert (after.current, after.end, after.can_undo) == (None, EndCause(state.value), False)
    assert end_of(arena, one) == end_of(arena, one, arena.campaign) == EndCause(state.value)
    assert end_of(arena, other) is EndCause(state.value), "who has never voted is told too"
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, CampaignState.open, now=START)
    assert end_of(arena, one) is None


def test_a_rater_who_was_removed_or_excluded_is_told_so(arena: Arena) -> None:
    one, other = arena.raters
    vote_once(arena, one)
    with arena.database.writing() as session:
        campaigns.remove_rater(session, arena.campaign, one, now=START)
        preferences.exclude(session, rater_id=other, actor_id=None, reason="test", now=START)
    assert end_of(arena, one) is end_of(arena, one, arena.campaign) is EndCause.removed
    assert end_of(arena, other) is EndCause.removed
    assert arena.voting.open_ballots(one).done == 1


def test_somebody_who_was_never_invited_has_no_campaign(arena: Arena) -> None:
    with arena.database.writing() as session:
        campaigns.remove_rater(session, arena.campaign, arena.raters[1], now=START)
    assert end_of(arena, arena.raters[1]) is EndCause.unassigned
    with pytest.raises(NotFound, match="not yours"):
        end_of(arena, arena.raters[1], arena.campaign)


def test_a_campaign_with_pairs_left_comes_before_the_end_of_another(arena: Arena) -> None:
    one = arena.raters[0]
    vote_once(arena, one)
    assert vote_once(arena, one) is EndCause.finished
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, CampaignState.closed, now=START)
    assert end_of(arena, one) is EndCause.closed
