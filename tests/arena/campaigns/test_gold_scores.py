"""Gold items for single responses: drawn, judged, measured, and told to raters where a campaign says so."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arena.campaigns.creation import CampaignPlan, create_campaign, progress
from arena.campaigns.ends import EndCause
from arena.campaigns.gold_files import GoldRow, add_gold_rows
from arena.campaigns.open_ballots import GoldFeedback, OpenBallot, VoteInput
from arena.campaigns.own_work.votes import OwnVotes
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.scoring import ScoringPlan
from arena.quality.report import measure_raters
from storage.campaigns import rules
from storage.campaigns.campaigns import showable_responses
from storage.campaigns.gold import gold_pairs
from storage.campaigns.gold_answers import gold_answers, list_gold
from storage.campaigns.rules import QualityRules, pauses
from storage.database.engine import Database
from storage.database.tables import Campaign
from storage.errors import BadInput, Conflict
from storage.ledger.battle_reading import Selection
from storage.ledger.scores import read_scores
from storage.values import CampaignKind, RatingLayout, Winner
from tests.arena.small_campaign import PLAN, Arena, make_arena, make_mint
from tests.clocks import START
from tests.stores import open_store

SINGLE = CampaignPlan(name="scores", kind=CampaignKind.satisfaction, scoring=ScoringPlan(("overall", "tone"), 1, 7))
TOGETHER = replace(SINGLE, scoring=ScoringPlan(("overall",), 1, 7, layout=RatingLayout.side_by_side))
GOLD = GoldRow("f:1", None, "q0", "model-0", None, None, None, 6.0, 7.0, "It is right.", False)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


def arena_with(database: Database, plan: CampaignPlan, quality: QualityRules, *gold: GoldRow, **sizes: Any) -> Arena:
    arena = make_arena(database, plan=plan, **sizes)
    with database.writing() as session:
        add_gold_rows(session, arena.campaign, gold, now=START)
        rules.set_rules(session, arena.campaign, quality)
    return arena


def score_through(
    arena: Arena, choose: Callable[[OpenBallot], Mapping[str, int | None]]
) -> list[tuple[GoldFeedback, ...]]:
    service, rater = arena.rating(), arena.raters[0]
    opened, told = service.open_ballots(rater), []
    while opened.current is not None:
        scores = [choose(opened.current) for _ in opened.current.response_ids]
        opened = service.rate(rater, opened.current.token, ScoreInput(scores))
        told.append(opened.feedback)
    return told


@pytest.mark.parametrize(("score", "is_right"), [(6, True), (5, False), (None, False)])
def test_a_score_is_right_within_the_accepted_range(database: Database, score: int | None, is_right: bool) -> None:
    arena = arena_with(database, SINGLE, QualityRules(gold_share=0.3), GOLD, n_models=2)
    score_through(arena, lambda _: {"overall": score, "tone": 4})
    with database.reading() as session:
        (answer,) = gold_answers(session, arena.campaign)
        (item,) = list_gold(session, arena.campaign)
        (line,) = measure_raters(session, arena.campaign)
        counts = read_scores(session, Selection(campaign=arena.campaign)).counts
        wanted = progress(session, session.get_one(Campaign, arena.campaign)).votes_wanted
    assert (answer.is_right, answer.onboarding) == (is_right, False)
    assert (item.dimension, item.answers, item.right) == ("overall", 1, is_right)
    assert (line.measures.gold.n, line.measures.gold.total, line.measures.scored) == (is_right, 1, 7)
    assert counts["gold"] == 2  # both dimensions of the gold response count nowhere
    assert wanted == 4 * 2 - 1


def test_side_by_side_an_item_is_one_ballot_on_its_question(database: Database) -> None:
    other = replace(GOLD, model_a="model-1", score_low=1.0, score_high=2.0)
    arena = arena_with(database, TOGETHER, QualityRules(gold_share=0.4), GOLD, other, n_models=3)
    score_through(arena, lambda _: {"overall": 7})
    with database.reading() as session:
        answers = sorted((one.gold_id, one.is_right) for one in gold_answers(session, arena.campaign))
    assert [is_right for _, is_right in answers] == [True, False]


def test_side_by_side_a_sample_has_the_questions_of_the_gold_items(database: Database) -> None:
    gold = (GOLD, replace(GOLD, question="q5", where="f:2"))
    arena = make_arena(database, n_models=2, n_questions=9)
    chosen = []
    with database.writing() as session:
        for number, seed in ((2, 0), (4, 0), (6, 0), (4, 1)):
            plan = replace(TOGETHER, name=f"{number} by {seed}", n_questions=number, seed=seed, gold=gold)
            campaign = create_campaign(session, plan, now=START)
            chosen.append({question for question, _, _ in showable_responses(session, campaign)})
            held = {one.question_id for one in gold_pairs(session, campaign)}
            assert (len(chosen[-1]), len(held), held <= chosen[-1]) == (number, 2, True)
        with pytest.raises(BadInput, match="a sample of at least 2 questions, because gold items are about so many"):
            create_campaign(session, replace(TOGETHER, name="few", n_questions=1, gold=gold), now=START)
        apart = replace(SINGLE, name="apart", n_questions=1, seed=arena.campaign, gold=gold)
        assert len({one[0] for one in showable_responses(session, create_campaign(session, apart, now=START))}) == 1
    assert chosen[0] < chosen[1] < chosen[2]
    assert chosen[1] != chosen[3]


def test_wrong_scores_pause_a_rater_by_rule(database: Database) -> None:
    gold = [replace(GOLD, question=f"q{number}") for number in range(4)]
    quality = QualityRules(gold_share=0.5, pause_after=3, pause_below=0.5)
    arena = arena_with(database, SINGLE, quality, *gold, n_models=2, n_questions=10)
    score_through(arena, lambda _: {"overall": 1, "tone": 1})
    assert arena.rating().open_ballots(arena.raters[0]).end is EndCause.quality_paused
    with database.reading() as session:
        assert [(one.rule, one.n_right, one.n_total) for one in pauses(session, arena.campaign)] == [("gold", 0, 3)]


def test_repeated_scores_within_a_step_are_consistent(database: Database) -> None:
    quality = QualityRules(repeat_share=0.4, repeat_gap=2)
    arena = arena_with(database, SINGLE, quality, n_models=3, n_questions=6)
    times: dict[int, int] = {}

    def choose(ballot: OpenBallot) -> Mapping[str, int | None]:
        response = ballot.left_id
        times[response] = times.get(response, -1) + 1
        return {"overall": 3 + times[response] * (1 if response % 2 else 2), "tone": None}

    score_through(arena, choose)
    again = [response for response, number in times.items() if number]
    with database.reading() as session:
        (line,) = measure_raters(session, arena.campaign)
    assert line.measures.consistency.total == len(again) > 3
    assert line.measures.consistency.n == sum(response % 2 for response in again)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (replace(GOLD, model_b="model-1", winner=Winner.tie), "score single responses, got a pair"),
        (replace(GOLD, dimension="wit"), "a dimension of this campaign (overall, tone), got 'wit'"),
        (replace(GOLD, score_low=8.0, score_high=9.0), "no score could be right"),
        (replace(GOLD, score_low=1.0), "every score would be right"),
    ],
)
def test_items_that_no_rater_could_answer_are_refused(database: Database, row: GoldRow, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        arena_with(database, SINGLE, QualityRules(), row)
    assert said in str(caught.value)


def test_a_range_of_scores_is_no_item_for_pairs(database: Database) -> None:
    with pytest.raises(BadInput, match="raters of this campaign compare pairs"):
        arena_with(database, PLAN, QualityRules(), GOLD)


@pytest.mark.parametrize("tells", [False, True])
def test_a_wrong_score_in_onboarding_is_told_where_the_campaign_says_so(database: Database, tells: bool) -> None:
    first = replace(GOLD, onboarding=True)
    second = replace(first, question="q1", explanation=None)
    arena = arena_with(database, SINGLE, QualityRules(onboarding_feedback=tells), first, second, n_models=2)
    given = iter([5, 6, *[4] * 20])
    told = score_through(arena, lambda _: {"overall": next(given), "tone": 1})
    assert [len(one) for one in told[:2]] == [int(tells), 0]
    if tells:
        (one,) = told[0]
        assert (one.given, one.dimension, one.score_low, one.score_high) == (5, "overall", 6.0, 7.0)
        assert one.explanation == "It is right."


def test_a_vote_whose_right_answer_was_told_stays(database: Database) -> None:
    pair = GoldRow("f:1", None, "q0", "model-0", "model-1", Winner.model_a, None, None, None, "A is right.", True)
    arena = arena_with(database, PLAN, QualityRules(onboarding_feedback=True), pair, n_models=2)
    rater = arena.raters[0]
    first = arena.voting.open_ballots(rater).current
    assert first is not None
    opened = arena.voting.vote(rater, first.token, VoteInput(Winner.tie))
    with database.reading() as session:
        (item,) = list_gold(session, arena.campaign)
        left_model = arena.models[_model_of(session, first.left_id)]
    (told,) = opened.feedback
    assert told.winner == (Winner.model_a if left_model == item.model_a else Winner.model_b)
    assert (told.given, told.explanation) == ("tie", "A is right.")
    assert not opened.can_undo
    with pytest.raises(Conflict):
        arena.voting.undo(rater)
    own = OwnVotes(database, clock=arena.clock, mint=make_mint())
    with pytest.raises(Conflict):
        own.change(rater, first.token, VoteInput(Winner(str(told.winner))))
    assert arena.voting.open_ballots(rater).can_undo is False


def _model_of(session: Any, response: int) -> int:
    from storage.database.tables import Response

    return int(session.get_one(Response, response).model_id)
