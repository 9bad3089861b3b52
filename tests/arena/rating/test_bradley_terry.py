"""Bradley-Terry against worked examples, a second implementation, and itself turned round."""

import math
from collections.abc import Sequence
from pathlib import Path

import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.connection import find_blocks
from arena.rating.counts import count_pairs
from arena.rating.davidson import rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, RatingMethod, Ratings, RatingSettings
from arena.rating.rao_kupper import rate_rao_kupper
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray
from tests.arena.tournaments import DEFAULT, Row, crowd_rows, random_rows, turned

MODELS = ("p", "q", "r", "s", "t")
WINNERS = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y, "tie": evalica.Winner.Draw}

on_pairs = pytest.mark.parametrize("method", [rate_bradley_terry, rate_davidson, rate_rao_kupper])
rows_of_any_tournament = st.lists(
    st.tuples(
        st.sampled_from(MODELS),
        st.sampled_from(MODELS),
        st.one_of(st.sampled_from(["model_a", "model_b", "tie", "both_bad"]), st.sampled_from([0.0, 0.25, 0.6, 1.0])),
    ),
    max_size=40,
)


def rate(rows: Sequence[Row], options: RatingSettings = DEFAULT) -> Ratings:
    return rate_bradley_terry(Evidence(Battles.from_rows(rows)), settings=options)


def by_evalica(rows: Sequence[Row], models: tuple[str, ...], tolerance: float) -> FloatArray:
    """Its strengths have geometric mean 1, so its unweighted mean in Elo points is the anchor."""
    left, right, winners = zip(*rows, strict=True)
    result = evalica.bradley_terry(
        left, right, [WINNERS[str(winner)] for winner in winners], tolerance=tolerance, limit=100_000
    )
    return np.array([1000 + 400 * math.log10(result.scores[model]) for model in models])


def test_three_wins_to_two() -> None:
    """The fit gives x 3/5 against y, so the odds are 3 : 2 and the distance is 400 log10(3/2) = 70.44 points.

    Both played all battles, so the mean lies half-way: 1035.22 and 964.78. The sandwich: information of the
    distance is 5 * 0.6 * 0.4 = 1.2, the squared residuals are 3 * 0.4^2 + 2 * 0.6^2 = 1.2, so its variance is
    1.2 / 1.2^2 = 1 / 1.2; each model is half the distance from the mean, so its standard error is
    173.7178 * sqrt(1 / 1.2) / 2 = 79.29, and 1.959964 of those are 155.41.
    """
    rows: list[Row] = [*[("x", "y", "model_a")] * 3, *[("x", "y", "model_b")] * 2]
    ratings = rate(rows, RatingSettings(interval="sandwich"))
    half = 200 * math.log10(1.5)
    assert ratings.rating == pytest.approx([1000 + half, 1000 - half], abs=1e-9)
    assert ratings.upper - ratings.rating == pytest.approx([155.4074] * 2, abs=1e-3)
    assert ratings.rating - ratings.lower == pytest.approx([155.4074] * 2, abs=1e-3)
    assert ratings.converged
    # By default each residual is divided by one minus its leverage, which is 0.6 * 0.4 / 1.2 = 0.2 for each battle.
    corrected = rate(rows)
    assert corrected.upper - corrected.rating == pytest.approx([155.4074 / 0.8] * 2, abs=1e-3)
    assert (ratings.basis.kind, corrected.basis.kind) == ("sandwich", "independent")


def test_bootstrap_intervals_of_two_models_are_the_quantiles_of_two_poisson_numbers() -> None:
    """A resample of 70 wins and 50 losses is a Poisson number of each; half its log ratio is the rating."""
    rows: list[Row] = [*[("x", "y", "model_a")] * 70, *[("x", "y", "model_b")] * 50]
    found = rate(rows, RatingSettings(interval="bootstrap", resamples=4000))
    number = np.arange(1, 200)
    gap = np.log(number[:, None] / number[None, :]).ravel()
    chance = np.outer(poisson.pmf(number, 70), poisson.pmf(number, 50)).ravel()
    order = np.argsort(gap)
    ends = gap[order][np.searchsorted(np.cumsum(chance[order]), [0.025, 0.975])]
    place = found.models.index("x")
    expected = 1000.0 + 0.5 * ELO_PER_NAT * ends
    np.testing.assert_allclose([found.lower[place], found.upper[place]], expected, atol=3.0)


def test_three_models_in_closed_form() -> None:
    """Strengths 4 : 2 : 1 explain 2:1, 2:1 and 4:1 without a residue, so they are the maximum.

    Distances are 400 log10(2) = 120.41 and twice that. The battles of x, y, z are 8, 6, 8, so the weighted mean
    of (2, 1, 0) steps is (16 + 6) / 22 = 1 step, and y stands at 1000.
    """
    rows: list[Row] = [*[("x", "y", "model_a")] * 2, ("x", "y", "model_b")]
    rows += [("y", "z", "model_a")] * 2 + [("y", "z", "model_b")]
    rows += [("x", "z", "model_a")] * 4 + [("x", "z", "model_b")]
    step = 400 * math.log10(2)
    assert rate(rows).rating == pytest.approx([1000 + step, 1000, 1000 - step], abs=1e-9)


def test_the_weighted_mean_of_the_ratings_is_the_anchor() -> None:
    ratings = rate(random_rows(8, 600, seed=4))
    assert np.average(ratings.rating, weights=ratings.battles) == pytest.approx(1000, abs=1e-9)
    plain = rate(random_rows(8, 600, seed=4), RatingSettings(mean="models", anchor_rating=1500))
    assert plain.rating.mean() == pytest.approx(1500, abs=1e-9)


def test_a_named_anchor_stands_at_its_rating_and_has_no_interval() -> None:
    rows = random_rows(6, 500, seed=1)
    free, ratings = rate(rows), rate(rows, RatingSettings(anchor="m2", anchor_rating=1114))
    anchor = ratings.models.index("m2")
    assert ratings.rating[anchor] == pytest.approx(1114, abs=1e-9)
    assert np.isnan([ratings.lower[anchor], ratings.upper[anchor]]).all()
    np.testing.assert_allclose(np.diff(ratings.rating), np.diff(free.rating), atol=1e-9)
    # The variance of a rating is now that of its distance from the anchor.
    assert free.covariance is not None
    assert ratings.covariance is not None
    variance = np.diagonal(free.covariance)
    to_anchor = variance + variance[anchor] - 2 * free.covariance[anchor]
    np.testing.assert_allclose(np.diagonal(ratings.covariance), to_anchor, atol=1e-8)


@pytest.mark.parametrize("seed", range(25))
def test_random_tournaments_agree_with_evalica(seed: int) -> None:
    rows = random_rows(3 + seed % 8, 400, seed)
    counts = count_pairs(Battles.from_rows(rows))
    assert not find_blocks(counts).any(), "the comparison needs a tournament with a maximum"
    ratings = rate(rows, RatingSettings(mean="models"))
    assert np.abs(ratings.rating - by_evalica(rows, ratings.models, 1e-13)).max() < 1e-6


def test_real_votes_agree_with_evalica(shared_data: Path) -> None:
    rows = crowd_rows(shared_data)
    ratings = rate(rows, RatingSettings(mean="models"))
    assert np.abs(ratings.rating - by_evalica(rows, ratings.models, 1e-13)).max() < 1e-8
    weighted = rate(rows)
    shift = weighted.rating - ratings.rating
    assert np.ptp(shift) < 1e-9
    assert ratings.battles.sum() == 2 * 8_931


@on_pairs
@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=rows_of_any_tournament, data=st.data())
def test_row_order_sides_and_names_change_nothing(method: RatingMethod, rows: list[Row], data: st.DataObject) -> None:
    before = method(Evidence(Battles.from_rows(rows, models=MODELS)), settings=DEFAULT)
    shuffled = data.draw(st.permutations(rows))
    changed = [turned(row) if data.draw(st.booleans()) else row for row in shuffled]
    renamed = Battles.from_rows(changed, models=data.draw(st.permutations(MODELS)))
    after = method(Evidence(renamed), settings=DEFAULT)
    old = [MODELS.index(model) for model in after.models]
    for name in ("rating", "lower", "upper", "win_rate", "battles", "both_bad"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name)[old], atol=1e-6, err_msg=name)
    together = before.island[old]
    np.testing.assert_array_equal(after.island[:, None] == after.island, together[:, None] == together)


@on_pairs
@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows=rows_of_any_tournament)
def test_no_tournament_gives_a_number_that_only_looks_real(method: RatingMethod, rows: list[Row]) -> None:
    ratings = method(Evidence(Battles.from_rows(rows, models=MODELS)), settings=DEFAULT)
    met = ratings.battles > 0
    assert np.isfinite(ratings.rating[met]).all()
    assert np.isnan(ratings.rating[~met]).all()
    assert np.isnan(ratings.win_rate[~met]).all()
    assert ratings.converged
    known = ~np.isnan(ratings.lower)
    assert (np.isnan(ratings.lower) == np.isnan(ratings.upper)).all()
    assert (ratings.upper[known] - ratings.lower[known] > 1.0).all(), "no interval has next to no width"
    assert ((ratings.lower <= ratings.rating) & (ratings.rating <= ratings.upper))[known].all()
    assert (np.abs(ratings.rating[met] - 1000) < 3000).all()


def test_both_bad_is_a_tie_or_left_out_as_asked() -> None:
    rows = random_rows(4, 200, seed=2)
    with_both_bad: list[Row] = [*rows, *[("m0", "m1", "both_bad")] * 9]
    as_tie = rate(with_both_bad)
    np.testing.assert_allclose(as_tie.rating, rate([*rows, *[("m0", "m1", "tie")] * 9]).rating, atol=1e-9)
    assert as_tie.both_bad[as_tie.models.index("m0")] == 9
    dropped = rate(with_both_bad, RatingSettings(both_bad="drop"))
    np.testing.assert_allclose(dropped.rating, rate(rows).rating, atol=1e-9)
    assert dropped.left_out == {"both_bad": 9}
    assert dropped.both_bad[dropped.models.index("m0")] == 9


def test_judges_scores_of_one_and_zero_are_wins_and_losses() -> None:
    rows = random_rows(4, 200, seed=6)
    share = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5}
    scored = rate([(left, right, share[str(winner)]) for left, right, winner in rows])
    np.testing.assert_allclose(scored.rating, rate(rows).rating, atol=1e-9)
    np.testing.assert_allclose(scored.upper, rate(rows).upper, atol=1e-8)


@pytest.mark.parametrize(
    ("anchor", "message"),
    [("nobody", "anchor among the 4 models"), ("s", "a usable battle"), ("winner", "wins and losses")],
)
def test_an_anchor_that_cannot_carry_the_scale_is_refused(anchor: str, message: str) -> None:
    rows: list[Row] = [("x", "y", "tie"), ("x", "y", "model_a"), ("winner", "x", "model_a"), ("s", "s", "tie")]
    with pytest.raises(BadInput, match=message):
        rate(rows, RatingSettings(anchor=anchor))


@pytest.mark.parametrize(
    "options",
    [
        {"level": 1.0},
        {"level": float("nan")},
        {"elo_k": 0.0},
        {"anchor_rating": float("inf")},
        {"both_bad": "loss"},
        {"mean": "median"},
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="expected"):
        RatingSettings(**options)  # type: ignore[arg-type]


def test_a_wider_level_widens_every_interval() -> None:
    rows = random_rows(5, 300, seed=8)
    usual, wide = rate(rows), rate(rows, RatingSettings(level=0.99))
    assert (wide.upper - wide.lower) / (usual.upper - usual.lower) == pytest.approx(2.575829 / 1.959964, abs=1e-5)


def test_ratings_are_in_elo_points() -> None:
    assert pytest.approx(173.7177928) == ELO_PER_NAT
