"""Creation and progress of campaigns."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import col

from arena.campaigns.blindness import default_guidelines
from arena.campaigns.creation import CampaignPlan, create_campaign, progress
from arena.campaigns.forecast import forecast_size
from arena.campaigns.open_ballots import VoteInput
from storage.campaigns import campaigns
from storage.database.engine import Database, open_database
from storage.database.tables import Ballot, Question
from storage.errors import BadInput, Conflict, EvenhandError, NotFound
from storage.values import BallotState, CampaignState, Winner, as_turn
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START


@pytest.fixture
def arena(database_url: str) -> Iterator[Arena]:
    database = open_database(database_url)
    yield make_arena(database, n_models=3, n_questions=2, overlap=2)
    database.close()


def create(database: Database, plan: CampaignPlan) -> int:
    with database.writing() as session:
        return create_campaign(session, plan, now=START)


GOOD = CampaignPlan(name="second")


@pytest.mark.parametrize(
    ("plan", "error", "sentence"),
    [
        (replace(GOOD, name="campaign"), Conflict, "exists already"),
        (replace(GOOD, name="  "), BadInput, "a name for"),
        (replace(GOOD, name="x" * 201), BadInput, "at most 200 characters"),
        (replace(GOOD, name="a\x00b"), BadInput, "NUL"),
        (replace(GOOD, seed=-1), BadInput, "a seed"),
        (replace(GOOD, guidelines="Model-2 is ours."), BadInput, "guidelines that hides the models"),
        (replace(GOOD, name="About MODEL-1"), BadInput, "hides the models"),
        (replace(GOOD, models=("model-0", "model-9")), NotFound, "'model-9'"),
        (replace(GOOD, models=("model-0",)), BadInput, "at least two models"),
        (replace(GOOD, category="code"), BadInput, "questions"),
        (replace(GOOD, n_questions=0), BadInput, "at least one question"),
        (replace(GOOD, overlap=0), BadInput, "overlap of 1 or more"),
        (replace(GOOD, policy="luck"), BadInput, "deficit, informative, uniform"),
        (replace(GOOD, uniform_share=0.05), BadInput, "0.1 to 1"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_and_leaves_nothing(
    arena: Arena, plan: CampaignPlan, error: type[EvenhandError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        create(arena.database, plan)
    with arena.database.reading() as session:
        assert [one.name for one in campaigns.campaigns(session)] == ["campaign"]


def test_progress_counts_pairs_ballots_and_votes(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    assert opened.current is not None
    arena.voting.vote(rater, opened.current.token, VoteInput(Winner.tie))
    with arena.database.reading() as session:
        found = progress(session, campaigns.campaign_named(session, "campaign"))
    assert found.models == ["model-0", "model-1", "model-2"]
    assert (found.n_questions, found.n_pairs, found.votes_wanted, found.votes_filled) == (2, 6, 12, 1)
    assert found.ballots == {BallotState.voted: 1, BallotState.shown: 1, BallotState.reserved: 1}
    assert sum(found.votes.values()) == 1


def test_more_votes_on_a_pair_than_it_shall_have_fill_no_other_one(arena: Arena) -> None:
    for rater in arena.raters[:2]:
        opened = arena.voting.open_ballots(rater)
        while opened.current is not None:
            opened = arena.voting.vote(rater, opened.current.token, VoteInput(Winner.tie))
    with arena.database.writing() as session:
        ballots = session.execute(select(Ballot).where(col(Ballot.state) == BallotState.voted)).scalars().all()
        assert len(ballots) == 12
        pair = {ballots[0].response_a_id, ballots[0].response_b_id}
        for ballot in ballots:
            if {ballot.response_a_id, ballot.response_b_id} != pair:
                ballot.state = BallotState.skipped
        campaign = campaigns.campaign_named(session, "campaign")
        assert (progress(session, campaign).votes_wanted, progress(session, campaign).votes_filled) == (12, 2)
        campaign.overlap = 1
        found = progress(session, campaign)
    assert (found.votes_wanted, found.votes_filled, found.ballots[BallotState.voted]) == (6, 1, 2)


def test_questions_are_sampled_from_those_that_can_be_answered(database_url: str) -> None:
    database = open_database(database_url)
    make_arena(database, n_models=3, n_questions=8)
    with database.writing() as session:
        session.add(Question(source="test", key="alone", turns=[as_turn("Nobody answered this.")], created_at=START))
        drawn = {}
        for number, seed in ((3, 1), (5, 1), (5, 2), (99, 1)):
            plan = CampaignPlan(name=f"{number} by {seed}", n_questions=number, seed=seed)
            expected = forecast_size(session, plan)
            campaign = create_campaign(session, plan, now=START)
            drawn[number, seed] = {question for question, _, _ in campaigns.showable_responses(session, campaign)}
            assert (expected.n_questions, expected.n_pairs) == (min(number, 8), 3 * min(number, 8))
            assert len(drawn[number, seed]) == campaigns.names(session, campaign)[1] == min(number, 8)
    database.close()
    assert drawn[3, 1] < drawn[5, 1] < drawn[99, 1]
    assert drawn[5, 1] != drawn[5, 2]


def test_a_campaign_is_found_by_name_or_number_and_a_wrong_name_lists_the_right_ones(arena: Arena) -> None:
    with arena.database.reading() as session:
        assert campaigns.campaign_named(session, "campaign").id == arena.campaign
        assert campaigns.campaign_named(session, str(arena.campaign)).name == "campaign"
        for wrong in ("campaig", "²", "9" * 40):
            with pytest.raises(NotFound, match=rf"'{wrong}'.*'campaign'"):
                campaigns.campaign_named(session, wrong)


def test_new_guidelines_are_a_new_version_and_old_ballots_keep_theirs(arena: Arena) -> None:
    rater = arena.raters[0]
    first = arena.voting.open_ballots(rater)
    with arena.database.writing() as session:
        assert campaigns.set_guidelines(session, arena.campaign, "Be kind.", now=START) == 2
        assert campaigns.guidelines(session, arena.campaign, 1) == default_guidelines()
        assert campaigns.guidelines(session, arena.campaign, 2) == "Be kind."
    assert first.current is not None
    arena.voting.vote(rater, first.current.token, VoteInput(Winner.tie))
    with arena.database.connection() as connection:
        versions = connection.exec_driver_sql("SELECT guidelines_version FROM ballot ORDER BY id").scalars().all()
    assert list(versions) == [1, 2, 2], "what was reserved is shown under the new version"


def test_a_paused_campaign_is_not_offered_until_it_is_resumed(arena: Arena) -> None:
    def offered() -> list[str]:
        return [campaign.name for campaign in arena.voting.open_ballots(arena.raters[0]).campaigns]

    assert offered() == ["campaign"]
    for state, expected in ((CampaignState.paused, []), (CampaignState.open, ["campaign"]), (CampaignState.closed, [])):
        with arena.database.writing() as session:
            campaigns.set_state(session, arena.campaign, state, now=START)
        assert offered() == expected


def test_inviting_twice_changes_nothing(arena: Arena) -> None:
    with arena.database.writing() as session:
        assert campaigns.invite_raters(session, arena.campaign, arena.raters) == 0
        assert sorted(campaigns.rater_ids(session, arena.campaign)) == sorted(arena.raters)


def test_a_rater_with_two_campaigns_works_in_the_one_that_was_chosen(arena: Arena) -> None:
    second = create(arena.database, GOOD)
    rater = arena.raters[0]
    with arena.database.writing() as session:
        campaigns.invite_raters(session, second, [rater])
    assert arena.voting.open_ballots(rater).campaign_id == arena.campaign
    assert arena.voting.open_ballots(rater, second).campaign_id == second
    assert arena.voting.open_ballots(rater).campaign_id == second
    assert [(line.name, line.done) for line in arena.voting.open_ballots(rater).campaigns] == [
        ("campaign", 0),
        ("second", 0),
    ]
