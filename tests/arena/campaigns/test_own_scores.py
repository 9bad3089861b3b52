"""Own scores: listed, changed by superseding rows, counted; and the scores that were given beside a changed vote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from arena.campaigns.creation import CampaignPlan
from arena.campaigns.open_ballots import VoteInput
from arena.campaigns.own_work.scores import OwnScores, OwnScoreStatistics
from arena.campaigns.own_work.votes import OwnVotes
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.scoring import ScoringPlan
from storage.campaigns import campaigns
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Satisfaction
from storage.errors import BadInput, Conflict, NotFound
from storage.exchange.exporting import ExportKind, ExportOptions, export_file
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.scores import read_scores
from storage.values import CampaignKind, CampaignState, RatingLayout, SkipReason, Winner
from tests.arena.small_campaign import Arena, make_arena, make_mint
from tests.clocks import START

DIMENSIONS = ("overall", "tone")
TOGETHER = ScoringPlan(DIMENSIONS, layout=RatingLayout.side_by_side)
SCORES = CampaignPlan(name="campaign", kind=CampaignKind.satisfaction, scoring=TOGETHER)
VOTES = CampaignPlan(name="campaign", scoring=ScoringPlan(DIMENSIONS))
FIRST = ({"overall": 4, "tone": None}, {"overall": 2, "tone": 1})
SECOND = ({"overall": 5, "tone": 3}, {"overall": 2, "tone": 1})


@pytest.fixture
def either(database_url: str) -> Iterator[Database]:
    """SQLite and PostgreSQL in turn."""
    opened = open_database(database_url)
    yield opened
    opened.close()


def rows(arena: Arena) -> list[Satisfaction]:
    with arena.database.reading() as session:
        assert list(chain.broken_batches(session)) == []
        return list(session.execute(select(Satisfaction).order_by(col(Satisfaction.position))).scalars())


def counts(arena: Arena) -> tuple[int, dict[str, int]]:
    with arena.database.reading() as session:
        found = read_scores(session, Selection(campaign=arena.campaign))
    return len(found), dict(found.counts)


def test_scores_are_listed_opened_and_changed_by_rows_that_supersede_all_of_the_old(either: Database) -> None:
    arena = make_arena(either, plan=SCORES, n_models=2)
    rating, rater = arena.rating(), arena.raters[0]
    own = OwnScores(arena.database, clock=arena.clock, mint=make_mint())
    first = rating.open_ballots(rater).current
    assert first is not None
    after = rating.rate(rater, first.token, ScoreInput(FIRST, seconds=4, comment="Hm."))
    assert after.current is not None
    rating.skip(rater, after.current.token, SkipReason.too_long)
    opened = own.open_again(rater, first.token)
    assert (opened.ballot.scores, opened.ballot.response_ids) == (FIRST, first.response_ids)
    assert (opened.flag, opened.comment) == (None, "Hm.")
    new = ScoreInput(SECOND, seconds=3, flag="broken", comment="Hm.")
    assert [own.change(rater, first.token, new) for _ in range(2)] == [True, False]
    old, changed = rows(arena)[:4], rows(arena)[4:]
    assert [one.supersedes for one in changed] == [one.position for one in old]
    assert {(one.seconds, one.cause) for one in changed} == {(7, "flag:broken")}
    skipped, listed = own.history(rater, arena.campaign, limit=9)
    assert (skipped.scores, listed.scores, listed.flag) == ((), SECOND, "broken")
    assert own.statistics(rater, arena.campaign) == OwnScoreStatistics(1, 4, unjudged=0, skips=1, median_seconds=7)
    assert not own.change(rater, first.token, new)
    assert own.change(rater, first.token, ScoreInput(FIRST)), "a flag that is gone is a change too"
    assert counts(arena) == (3, {"superseded": 8, "cannot_judge": 1})


def test_only_own_scored_ballots_of_an_open_campaign_can_be_changed(either: Database) -> None:
    arena = make_arena(either, plan=SCORES, n_models=2)
    rating, (rater, other) = arena.rating(), arena.raters
    own = OwnScores(arena.database, clock=arena.clock, mint=make_mint())
    votes = OwnVotes(arena.database, clock=arena.clock, mint=make_mint())
    first = rating.open_ballots(rater).current
    assert first is not None
    with pytest.raises(Conflict, match="no answer"):
        own.change(rater, first.token, ScoreInput(FIRST))
    rating.rate(rater, first.token, ScoreInput(FIRST))
    with pytest.raises(NotFound, match="not yours"):
        own.open_again(other, first.token)
    with pytest.raises(NotFound):
        votes.change(rater, first.token, VoteInput(Winner.tie))
    off_the_scale: dict[str, int | None] = {"overall": 9, "tone": 1}
    for scores in (FIRST[:1], (FIRST[0], off_the_scale)):
        with pytest.raises(BadInput):
            own.change(rater, first.token, ScoreInput(scores))
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, CampaignState.paused, now=START)
    with pytest.raises(Conflict, match="no changes"):
        own.change(rater, first.token, ScoreInput(SECOND))
    assert len(rows(arena)) == 4


def test_scores_beside_a_vote_follow_its_change_and_the_export_has_none_of_the_old(
    either: Database, tmp_path: Path
) -> None:
    arena = make_arena(either, plan=VOTES)
    rater = arena.raters[0]
    own = OwnVotes(arena.database, clock=arena.clock, mint=make_mint())
    pair = arena.voting.open_ballots(rater).current
    assert pair is not None
    arena.voting.vote(rater, pair.token, VoteInput(Winner.model_a, scores=FIRST))
    models = [one.model_id for one in rows(arena)]
    assert own.open_again(rater, pair.token).pair.scores == FIRST

    def exported() -> tuple[int, dict[str, int]]:
        options = ExportOptions(force=True)
        report = export_file(either, ExportKind.satisfaction, tmp_path / "scores.jsonl", options)
        return report.rows, report.left_out

    assert exported() == (4, {})
    assert own.change(rater, pair.token, VoteInput(Winner.model_b, scores=FIRST)), "the scores were confirmed"
    assert len(rows(arena)) == 4
    assert own.change(rater, pair.token, VoteInput(Winner.model_b, scores=SECOND))
    assert [one.model_id for one in rows(arena)] == models * 2
    assert counts(arena) == (4, {"superseded": 4})
    assert own.change(rater, pair.token, VoteInput(Winner.tie)), "scores of another choice are taken back"
    assert not own.change(rater, pair.token, VoteInput(Winner.tie))
    assert counts(arena)[0] == 0
    assert exported() == (0, {"superseded": 12}), "the report of the export counts what was replaced"
    assert own.change(rater, pair.token, VoteInput(Winner.tie, scores=SECOND))
    assert exported() == (4, {"superseded": 12})
    with pytest.raises(BadInput):
        own.change(rater, pair.token, VoteInput(Winner.tie, scores=[SECOND[0]]))
