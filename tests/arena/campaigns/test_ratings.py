"""Scores of responses by raters: what a ballot shows, and the rows that an answer writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from arena.campaigns.creation import CampaignPlan, create_campaign, progress
from arena.campaigns.ends import EndCause
from arena.campaigns.forecast import forecast_size
from arena.campaigns.open_ballots import OpenBallots, VoteInput
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.scoring import ScoringPlan
from storage.campaigns import campaigns
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Comment, Ledger, Satisfaction
from storage.database.tables import Campaign
from storage.errors import BadInput, Conflict, NotFound
from storage.ledger import chain, preferences
from storage.ledger.battle_reading import Selection
from storage.ledger.scores import Scores, read_scores
from storage.values import CampaignKind, RatingLayout, SkipReason, Winner
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START
from tests.stores import open_store

DIMENSIONS = ("overall", "tone")
SINGLE = CampaignPlan(name="campaign", kind=CampaignKind.satisfaction, scoring=ScoringPlan(DIMENSIONS, 1, 7))
TOGETHER = CampaignPlan(
    name="campaign",
    kind=CampaignKind.satisfaction,
    scoring=ScoringPlan(DIMENSIONS, 1, 7, layout=RatingLayout.side_by_side),
)
WITH_VOTES = CampaignPlan(name="campaign", scoring=ScoringPlan(DIMENSIONS))
GOOD = {"overall": 6, "tone": None}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


@pytest.fixture
def either(database_url: str) -> Iterator[Database]:
    """SQLite and PostgreSQL in turn."""
    opened = open_database(database_url)
    yield opened
    opened.close()


def token(opened: OpenBallots) -> str:
    assert opened.current is not None
    return opened.current.token


def rows(arena: Arena) -> list[Satisfaction]:
    with arena.database.reading() as session:
        return list(session.execute(select(Satisfaction).order_by(col(Satisfaction.position))).scalars())


def scores(arena: Arena) -> Scores:
    with arena.database.reading() as session:
        assert list(chain.broken_batches(session)) == []
        return read_scores(session, Selection(campaign=arena.campaign))


def n_batches(session: Session) -> int:
    return len(session.execute(select(Ledger)).all())


def test_an_answer_writes_one_row_a_dimension_in_one_batch(database: Database) -> None:
    arena = make_arena(database, plan=SINGLE, n_models=2, n_questions=2)
    rating, rater = arena.rating(), arena.raters[0]
    opened = rating.open_ballots(rater)
    assert opened.current is not None
    assert len(opened.current.response_ids) == 1
    assert opened.total == 4  # two questions by two models
    given = ScoreInput([GOOD], seconds=2.5, comment="Nice.")
    after = rating.rate(rater, token(opened), given)
    assert after.current == opened.next
    assert [(one.dimension, one.state, one.score, one.seconds) for one in rows(arena)] == [
        ("overall", "scored", 6.0, 2.5),
        ("tone", "cannot_judge", None, 2.5),
    ]
    with database.reading() as session:
        assert n_batches(session) == 1
        (comment,) = session.execute(select(Comment)).scalars()
        assert comment.position == rows(arena)[0].position
    found = scores(arena)
    assert (found.value.tolist(), found.counts) == ([pytest.approx(5 / 6)], {"cannot_judge": 1})
    assert [one.dimension for one in found.unjudged] == ["tone"]


def test_the_same_token_again_changes_nothing_and_returns_the_first_scores(database: Database) -> None:
    arena = make_arena(database, plan=SINGLE)
    rating, rater = arena.rating(), arena.raters[0]
    first = token(rating.open_ballots(rater))
    rating.rate(rater, first, ScoreInput([GOOD]))
    again = rating.rate(rater, first, ScoreInput([{"overall": 1, "tone": 1}]))
    assert again.repeated
    assert again.scores == (GOOD,)
    assert len(rows(arena)) == 2


def test_undo_takes_all_scores_back_and_a_second_answer_supersedes_them(either: Database) -> None:
    arena = make_arena(either, plan=TOGETHER, n_models=3)
    rating, rater = arena.rating(), arena.raters[0]
    opened = rating.open_ballots(rater)
    given = [{"overall": step, "tone": None} for step in (1, 4, 7)]
    rating.rate(rater, token(opened), ScoreInput(given))
    back = rating.undo(rater)
    assert back.current is not None and opened.current is not None
    assert back.current.response_ids == opened.current.response_ids
    assert back.current.scores == tuple(given)
    assert scores(arena).counts == {"superseded": 12}
    rating.rate(rater, token(back), ScoreInput([GOOD] * 3))
    found = scores(arena)
    assert (len(found), found.counts) == (3, {"superseded": 12, "cannot_judge": 3})
    assert found.value.tolist() == pytest.approx([5 / 6] * 3)


def test_responses_side_by_side_come_once_per_question_and_in_an_order_by_lot(database: Database) -> None:
    arena = make_arena(database, plan=TOGETHER, n_models=3, n_questions=12)
    rating, rater = arena.rating(), arena.raters[0]
    opened, orders = rating.open_ballots(rater), []
    assert opened.total == 12
    while opened.current is not None:
        orders.append(tuple(arena_rank(opened.current.response_ids)))
        opened = rating.rate(rater, token(opened), ScoreInput([GOOD] * 3))
    assert len(orders) == 12
    assert len(set(orders)) > 2
    with database.reading() as session:
        done = progress(session, session.get_one(Campaign, arena.campaign))
    assert (done.n_pairs, done.votes_wanted, done.votes_filled) == (12, 12, 12)
    assert (done.n_pairs, done.scored) == (12, dict.fromkeys(["model-0", "model-1", "model-2"], 12))


def arena_rank(ids: tuple[int, ...]) -> list[int]:
    return [sorted(ids).index(one) for one in ids]


def test_overlap_gives_a_response_to_as_many_raters(database: Database) -> None:
    arena = make_arena(database, plan=SINGLE, n_models=1, n_questions=3, n_raters=3, overlap=2)
    rating = arena.rating()
    for rater in arena.raters:
        opened = rating.open_ballots(rater)
        while opened.current is not None:
            opened = rating.rate(rater, token(opened), ScoreInput([GOOD]))
    assert len(rows(arena)) == 3 * 2 * len(DIMENSIONS)


def test_flagged_scores_and_those_of_excluded_raters_do_not_count(database: Database) -> None:
    arena = make_arena(database, plan=SINGLE)
    rating, (ann, bo) = arena.rating(), arena.raters
    rating.rate(ann, token(rating.open_ballots(ann)), ScoreInput([GOOD], flag="broken"))
    rating.rate(bo, token(rating.open_ballots(bo)), ScoreInput([GOOD]))
    with database.writing() as session:
        preferences.exclude(session, rater_id=bo, actor_id=None, reason="test", now=arena.clock())
    found = scores(arena)
    assert (len(found), found.counts) == (0, {"flagged": 2, "excluded": 2})
    assert rating.open_ballots(bo, arena.campaign).end is EndCause.removed


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [GOOD, GOOD],
        [{"overall": 6}],
        [GOOD | {"safe": 1}],
        [GOOD | {"overall": 8}],
        [GOOD | {"overall": 0}],
    ],
)
def test_scores_that_the_campaign_does_not_ask_for_are_refused_and_the_ballot_stays(
    database: Database, wrong: list[dict[str, int | None]]
) -> None:
    arena = make_arena(database, plan=SINGLE)
    rating, rater = arena.rating(), arena.raters[0]
    opened = rating.open_ballots(rater)
    with pytest.raises(BadInput, match="expected"):
        rating.rate(rater, token(opened), ScoreInput(wrong))
    assert rows(arena) == []
    assert rating.open_ballots(rater).current == opened.current


def test_ballots_of_others_and_of_the_other_kind_are_refused(database: Database) -> None:
    arena = make_arena(database, plan=SINGLE)
    rating, (ann, bo) = arena.rating(), arena.raters
    mine = token(rating.open_ballots(ann))
    with pytest.raises(NotFound):
        rating.rate(bo, mine, ScoreInput([GOOD]))
    with pytest.raises(NotFound):
        arena.voting.vote(ann, mine, VoteInput(Winner.tie))
    assert arena.voting.open_ballots(ann).campaign_id is None


def test_a_rater_of_both_kinds_switches_between_them_and_loses_nothing(either: Database) -> None:
    arena = make_arena(either, plan=SINGLE)
    rating, rater = arena.rating(), arena.raters[0]
    with either.writing() as session:
        pairs = create_campaign(session, CampaignPlan(name="pairs"), now=START)
        campaigns.invite_raters(session, pairs, [rater])
    scored = token(rating.open_ballots(rater))
    rating.rate(rater, scored, ScoreInput([GOOD]))
    lost = token(rating.open_ballots(rater))
    opened = arena.voting.open_ballots(rater)
    assert opened.campaign_id == pairs
    arena.voting.vote(rater, token(opened), VoteInput(Winner.tie))
    with pytest.raises(Conflict):
        rating.rate(rater, lost, ScoreInput([GOOD]))
    assert rating.undo(rater).current is not None
    assert arena.voting.undo(rater).current is not None
    assert rating.rate(rater, token(rating.open_ballots(rater)), ScoreInput([GOOD])).done == 1


def test_both_responses_may_be_scored_with_a_vote_and_undo_takes_both_back(database: Database) -> None:
    arena = make_arena(database, plan=WITH_VOTES)
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    left, right = {"overall": 5, "tone": 4}, {"overall": 2, "tone": None}
    arena.voting.vote(rater, token(opened), VoteInput(Winner.model_a, scores=[left, right]))
    assert opened.current is not None
    assert [(one.response_id, one.score) for one in rows(arena)] == [
        (opened.current.left_id, 5.0),
        (opened.current.left_id, 4.0),
        (opened.current.right_id, 2.0),
        (opened.current.right_id, None),
    ]
    back = arena.voting.undo(rater)
    assert back.current is not None
    assert (back.current.recorded, back.current.scores) == (Winner.model_a, (left, right))
    assert len(scores(arena)) == 0
    with pytest.raises(BadInput):
        arena.voting.vote(rater, token(back), VoteInput(Winner.tie, scores=[left]))
    arena.voting.vote(rater, token(back), VoteInput(Winner.tie))
    assert len(scores(arena)) == 0


def test_a_skipped_response_goes_to_another_rater(database: Database) -> None:
    arena = make_arena(database, plan=SINGLE, n_models=1, n_questions=1)
    rating, (ann, bo) = arena.rating(), arena.raters
    rating.skip(ann, token(rating.open_ballots(ann)), SkipReason.cannot_judge)
    assert rating.open_ballots(ann).current is None
    assert rating.open_ballots(bo).current is not None


@pytest.mark.parametrize(
    ("scoring", "sentence"),
    [
        (None, "at least one dimension"),
        (ScoringPlan(()), "at least one dimension"),
        (ScoringPlan(("overall", " Overall ")), "each dimension once"),
        (ScoringPlan(("",)), "got an empty one"),
        (ScoringPlan(low=3, high=3), "2 to 10 steps"),
        (ScoringPlan(low=0, high=10), "2 to 10 steps"),
        (ScoringPlan(labels={6: "Superb"}), "from 1 to 5"),
        (ScoringPlan(labels={5: "As good as model-1"}), "hides the models"),
        (ScoringPlan(tuple(f"d{number}" for number in range(13))), "at most 12"),
    ],
)
def test_a_scale_that_cannot_work_is_refused(database: Database, scoring: ScoringPlan | None, sentence: str) -> None:
    arena = make_arena(database)
    plan = CampaignPlan(name="second", kind=CampaignKind.satisfaction, scoring=scoring)
    with pytest.raises(BadInput, match=sentence), database.writing() as session:
        create_campaign(session, plan, now=START)
    assert arena.campaign == 1


def test_a_forecast_counts_responses_or_questions(database: Database) -> None:
    make_arena(database, n_models=3, n_questions=4)
    with database.reading() as session:
        assert forecast_size(session, SINGLE).n_pairs == 12
        assert forecast_size(session, TOGETHER).n_pairs == 4
