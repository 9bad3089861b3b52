"""The automatic choice among tie models: by battles that a fit has not seen."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from arena.rating.choice import compare_ties, rate_auto
from arena.rating.counts import count_pairs
from arena.rating.davidson import Davidson, rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.likelihood import PairLikelihood, fit_block, gaps
from arena.rating.rao_kupper import RaoKupper
from storage.ledger.battles import TIE, Battles
from tests.arena.tournaments import DEFAULT, crowd_rows, random_rows


def simulated(likelihood: PairLikelihood, tie: float, n_battles: int, seed: int) -> Battles:
    rng = np.random.default_rng(seed)
    strength = rng.normal(0.0, 1.2, 8)
    a = rng.integers(0, 8, n_battles)
    b = (a + rng.integers(1, 8, n_battles)) % 8
    chances = np.exp(likelihood.log_probabilities(strength[a] - strength[b], tie))
    result = (rng.random(n_battles) > np.cumsum(chances, axis=0)[:2]).sum(axis=0)
    outcome = result.astype(np.int8)
    names = tuple(f"m{code}" for code in range(8))
    return Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome)


@pytest.mark.parametrize(("truth", "name"), [(Davidson(), "davidson"), (RaoKupper(), "rao-kupper")])
def test_the_model_that_made_the_battles_is_chosen(truth: PairLikelihood, name: str) -> None:
    compared = compare_ties(simulated(truth, truth.start(0.35), 40_000, seed=2), DEFAULT)
    assert compared[0].method == name
    assert compared[0].behind == 0.0
    assert all(one.behind > 2 * one.spread for one in compared[1:] if one.method != "davidson-per-model")


def test_ties_that_come_at_one_rate_choose_bradley_terry() -> None:
    rng = np.random.default_rng(6)
    even = simulated(Davidson(), -np.inf, 40_000, seed=3)
    outcome = np.where(rng.random(len(even)) < 0.3, TIE, even.outcome).astype(np.int8)
    compared = compare_ties(Battles.of_codes(even.models, even.a, even.b, outcome), DEFAULT)
    assert compared[0].method == "bradley-terry"
    assert all(one.behind > 2 * one.spread for one in compared[1:] if one.method != "davidson-per-model")


def test_the_choice_is_told_with_the_board_and_changes_no_number() -> None:
    battles = simulated(Davidson(), Davidson().start(0.3), 20_000, seed=4)
    chosen = rate_auto(Evidence(battles), settings=DEFAULT)
    alone = rate_davidson(Evidence(battles), settings=DEFAULT)
    assert chosen.method == "davidson"
    np.testing.assert_array_equal(chosen.rating, alone.rating)
    assert chosen.compared[0].method == "davidson"
    assert {one.method for one in chosen.compared} == {"bradley-terry", "davidson", "davidson-per-model", "rao-kupper"}


def test_without_a_tie_there_is_nothing_to_choose() -> None:
    battles = Battles.from_rows(random_rows(4, 100, seed=0, tie_share=0.0))
    assert compare_ties(battles, DEFAULT) == ()
    assert rate_auto(Evidence(battles), settings=DEFAULT).method == "bradley-terry"


def test_dropped_both_bads_are_no_ties() -> None:
    rows = [*random_rows(4, 100, seed=0, tie_share=0.0), ("m0", "m1", "both_bad")]
    battles = Battles.from_rows(rows)
    assert compare_ties(battles, dataclasses.replace(DEFAULT, both_bad="drop")) == ()
    assert len(compare_ties(battles, DEFAULT)) == 4


def test_real_votes_have_the_published_likelihoods_and_choose_ties_per_model(shared_data: Path) -> None:
    """Negative log-likelihoods on these votes: Davidson 8,995.8, Rao-Kupper 8,977.5."""
    battles = Battles.from_rows(crowd_rows(shared_data))
    counts = count_pairs(battles)
    for likelihood, expected in ((Davidson(), 8_995.8), (RaoKupper(), 8_977.5)):
        fit = fit_block(counts, likelihood)
        win, loss, draw = likelihood.log_probabilities(gaps(counts, fit.strength), fit.tie)
        assert -np.sum(counts.won * win + counts.lost * loss + counts.draws * draw) == pytest.approx(expected, abs=0.1)
    assert [one.method for one in compare_ties(battles, DEFAULT)[:2]] == ["davidson-per-model", "rao-kupper"]


def test_whole_raters_are_held_out_and_count_as_alike() -> None:
    """Every vote of eight raters three times over: no more is known, so the ± of the sums grows threefold."""
    rng = np.random.default_rng(0)
    plain = Battles.from_rows(random_rows(5, 400, seed=1))
    once = dataclasses.replace(plain, raters=tuple("abcdefgh"), rater=rng.integers(0, 8, 400).astype(np.int32))
    thrice = once.subset(np.repeat(np.arange(400), 3))
    compared, again = (compare_ties(one, DEFAULT) for one in (once, thrice))
    assert {(one.held_out, one.units) for one in compared} == {("rater", 8)}
    assert again[0].method == compared[0].method
    assert again[1].spread == pytest.approx(3.0 * compared[1].spread, rel=0.2)
    assert {one.held_out for one in compare_ties(plain, DEFAULT)} == {"battle"}
