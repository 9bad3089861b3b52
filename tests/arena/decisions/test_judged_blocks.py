"""Blocks with the luck taken out that judges see: same win rate, narrower, never surer than the data allow."""

import numpy as np
import pytest

from arena.decisions.blocks import Blocks, PairRows, finished_blocks, rows_of_pair
from arena.decisions.comparison import ComparisonPlan, PairDecision, decide_blocks
from arena.decisions.judged_blocks import JudgedEvidence, PairControls, pair_controls, use_judges, with_judges
from arena.decisions.sequence import LEAST_RATED, Look, SequenceResult
from arena.fused.sources import FusedSource, VoteSampling
from arena.rating.evidence import Evidence
from storage.ledger.battles import FloatArray
from tests.arena.fused.worlds import Drawn, FusedWorld, draw

SHARP = FusedWorld(models=2, taste=2.6, noise=0.6, raters=60, rater_spread=0.3)


def study(world: FusedWorld, seed: int, others: int = 3000) -> Drawn:
    return draw(world, np.zeros(2), 480, others, np.random.default_rng(seed))


def controls_of(drawn: Drawn, judged: FloatArray | None = None) -> tuple[PairRows, PairControls]:
    battles = drawn.battles()
    pool = drawn.pool() if judged is None else drawn.pool(judged)
    sampling = VoteSampling(0, drawn.votes, np.nan, np.nan, assumed=True)
    source = FusedSource(
        Evidence(battles), drawn.people(), pool, (2,), sampling, (), battles.questions, np.empty((0, 0, 0))
    )
    pair = rows_of_pair(battles, "model 00", "model 01")
    return pair, pair_controls(source, pair, "model 00")


def blocks_of(drawn: Drawn, judged: FloatArray | None = None) -> tuple[Blocks, Blocks, JudgedEvidence]:
    pair, controls = controls_of(drawn, judged)
    plain = finished_blocks(drawn.battles(), pair, unit="rater", now=0.0, over=True)
    return plain, *use_judges(plain, pair, controls, "rater")


def decisions(drawn: Drawn, judged: FloatArray | None = None) -> tuple[PairDecision, PairDecision, JudgedEvidence]:
    plain, fused, evidence = blocks_of(drawn, judged)
    return decide_blocks(plain, ComparisonPlan(over=True)), decide_blocks(fused, ComparisonPlan(over=True)), evidence


def width(found: PairDecision) -> float:
    assert found.lower is not None and found.upper is not None
    return found.upper - found.lower


def test_a_judge_who_sees_what_people_see_narrows_the_interval_and_is_claimed() -> None:
    plain, fused, evidence = decisions(study(SHARP, 1))
    assert evidence.is_claimed and 0.3 < evidence.saved < 0.7
    assert width(fused) < 0.85 * width(plain)


@pytest.mark.parametrize("kind", ["guesses", "always the first", "longer response"])
def test_a_judge_who_sees_nothing_of_it_changes_next_to_nothing(kind: str) -> None:
    drawn = study(SHARP, 2)
    n = len(drawn.first)
    judged = {
        "guesses": np.random.default_rng(5).integers(0, 2, n).astype(float),
        "always the first": np.ones(n),
        "longer response": (drawn.length > 0.0).astype(float),
    }[kind]
    plain, fused, evidence = decisions(drawn, judged)
    assert not evidence.is_claimed
    assert fused.win_rate == pytest.approx(plain.win_rate, abs=0.02)


def test_a_judge_in_love_with_a_model_moves_no_win_rate() -> None:
    drawn = study(SHARP, 3)
    fair = decisions(drawn)[1]
    loving = decisions(drawn, np.clip(drawn.judged + 0.3, 0.0, 1.3))[1]
    assert loving.win_rate == pytest.approx(fair.win_rate, abs=1e-9)


def test_without_further_judged_pairs_judges_save_nothing() -> None:
    evidence = decisions(study(SHARP, 4, others=0))[2]
    assert evidence.saved == pytest.approx(0.0, abs=1e-9)
    assert not evidence.is_claimed


def test_judges_are_left_out_where_people_share_few_of_the_judged_questions() -> None:
    drawn = study(SHARP, 5)
    few = np.where(np.arange(len(drawn.question)) < drawn.votes, drawn.question % 12, drawn.question)
    shared = Drawn(**{**drawn.__dict__, "question": few.astype(np.int32)})
    plain, fused, evidence = blocks_of(shared)
    assert evidence.shared and fused is plain


def test_a_look_that_was_taken_does_not_change_with_later_votes() -> None:
    plain, fused, _ = blocks_of(study(SHARP, 6))
    cut = Blocks(
        plain.names[:40], plain.share[:40], plain.votes[:40], block=np.where(plain.block < 40, plain.block, -1)
    )
    before, _ = use_judges(cut, *controls_of(study(SHARP, 6)), "rater")
    assert before.corrected is not None and fused.corrected is not None
    np.testing.assert_allclose(before.corrected, fused.corrected[:40])


def test_equal_models_are_seldom_told_apart_at_any_look() -> None:
    wrong = 0
    for seed in range(100):
        fused = blocks_of(study(SHARP, 100 + seed))[1]
        unknown = SequenceResult(tuple(Look(at + 1, 0, 0.5, 0.0, 1.0) for at in range(len(fused))), 0.0, 0.95)
        looks = with_judges(unknown, fused, len(fused)).looks
        wrong += any(look.lower > 0.5 or look.upper < 0.5 for look in looks[LEAST_RATED - 1 :])
    assert wrong <= 10, "more than 10 of 100 have a chance of 1 % at an error of 5 %"
