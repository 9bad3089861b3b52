"""Style: what is counted in a response, and a fit that holds it equal."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import minimize

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.counts import count_pairs
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import fit_block
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from arena.rating.style_features import BattleStyle, StyleCounts, StyleSources, battle_style, count_style
from arena.rating.style_fit import StyleRows, fit_style
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray
from tests.arena.tournaments import random_rows

MARKDOWN = """# Head

Some **bold** and __also bold__ text, `**not**` this.

- one
* two
10. three

```python
# no header
- no item
**no**
```
"""


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", (0, 0, 0, 0)),
        ("Two words.", (2, 0, 0, 0)),
        ("你好，world 3", (4, 0, 0, 0)),
        ("a ** b ** c", (3, 0, 0, 0)),
        (r"\*\*escaped\*\* and 2*3*4", (5, 0, 0, 0)),
        ("#hashtag\n####### seven", (2, 0, 0, 0)),
        ("```\n# open to the end\n- x", (6, 0, 0, 0)),
        ("snake__case__name", (1, 0, 0, 0)),
    ],
)
def test_headers_lists_and_bold_are_counted_outside_code(text: str, counts: tuple[int, ...]) -> None:
    assert count_style(text)[1:] == counts[1:]
    if "\\" not in text and "`" not in text:
        assert count_style(text)[0] == counts[0]


def test_a_whole_response_is_counted() -> None:
    assert count_style(MARKDOWN)[1:] == (1, 3, 2)


def test_features_are_relative_differences_and_unknown_texts_stay_unknown() -> None:
    battles = Battles.from_rows([("x", "y", "tie"), ("y", "x", "tie"), ("x", "y", "tie")])
    battles = dataclasses.replace(battles, response_a=np.array([1, 2, 1]), response_b=np.array([2, 1, -1]))
    sources = StyleSources({1: StyleCounts(30, 0, 2, 0), 2: StyleCounts(9, 0, 0, 1)}, {}, {})
    style = battle_style(battles, ("length", "lists", "side"), sources)
    assert style.known.tolist() == [True, True, False]
    np.testing.assert_allclose(style.values, [[21 / 40, 2 / 3, 1.0], [-21 / 40, -2 / 3, 1.0], [0.0, 0.0, 0.0]])


def test_a_judges_own_organisation_is_plus_or_minus_one() -> None:
    battles = Battles.from_rows([("x", "y", "tie"), ("y", "x", "tie"), ("x", "z", "tie")])
    battles = dataclasses.replace(battles, raters=("judge",), rater=np.zeros(3, np.int32))
    sources = StyleSources({}, {"x": "acme", "y": "other"}, {"judge": "acme"})
    style = battle_style(battles, ("own",), sources)
    assert style.values[:, 0].tolist() == [1.0, -1.0, 0.0]
    assert style.known.tolist() == [True, True, False]


def example(n_features: int = 2, seed: int = 3) -> tuple[Battles, StyleRows]:
    battles = Battles.from_rows(random_rows(5, 600, seed))
    rng = np.random.default_rng(seed)
    features = rng.normal(0.1, 0.4, (600, n_features))
    names = ("length", "headers", "lists", "bold")[:n_features]
    return battles, StyleRows(len(battles.models), battles.a, battles.b, battles.score, None, names, features)


@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_the_fit_is_the_maximum_that_another_optimiser_finds(penalty: float) -> None:
    _, rows = example()
    rows = dataclasses.replace(rows, penalty=penalty)
    found = fit_style(rows)
    scaled = rows.features / found.typical

    def down(point: FloatArray) -> float:
        gap = point[rows.a] - point[rows.b] + scaled @ point[5:]
        likelihood = rows.score * -np.logaddexp(0.0, -gap) + (1.0 - rows.score) * -np.logaddexp(0.0, gap)
        return float(-likelihood.sum() + 0.5 * penalty * point[5:] @ point[5:] + 1e-9 * point[:5] @ point[:5])

    best = minimize(down, np.zeros(7), method="BFGS", options={"gtol": 1e-7}).x
    np.testing.assert_allclose(np.diff(found.strength), np.diff(best[:5]), atol=1e-5)
    np.testing.assert_allclose(found.effect, best[5:], atol=1e-5)
    assert found.converged


def test_features_without_effect_leave_the_plain_fit() -> None:
    battles, rows = example(1)
    even = np.where(np.arange(600) % 2, 1.0, -1.0)[:, None]
    twice = dataclasses.replace(
        rows,
        a=np.repeat(rows.a, 2),
        b=np.repeat(rows.b, 2),
        score=np.repeat(rows.score, 2),
        features=np.tile([[1.0], [-1.0]], (600, 1)) * np.repeat(np.abs(even), 2, axis=0),
    )
    plain = fit_block(count_pairs(battles), HalfTies())
    found = fit_style(twice)
    np.testing.assert_allclose(np.diff(found.strength), np.diff(plain.strength), atol=1e-8)
    np.testing.assert_allclose(found.effect, 0.0, atol=1e-8)


def test_swapping_sides_and_features_changes_nothing() -> None:
    _, rows = example()
    swapped = dataclasses.replace(rows, a=rows.b, b=rows.a, score=1.0 - rows.score, features=-rows.features)
    one, other = fit_style(rows), fit_style(swapped)
    np.testing.assert_allclose(other.strength, one.strength, atol=1e-9)
    np.testing.assert_allclose(other.effect, one.effect, atol=1e-9)


def test_a_known_effect_is_found() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 4, 40_000)
    b = (a + rng.integers(1, 4, 40_000)) % 4
    x = rng.normal(0.0, 0.5, (40_000, 1))
    strength = np.array([0.0, 0.5, -0.5, 1.0])
    score = (rng.random(40_000) < 1 / (1 + np.exp(strength[b] - strength[a] - 0.8 * x[:, 0]))).astype(float)
    found = fit_style(StyleRows(4, a.astype(np.int32), b.astype(np.int32), score, None, ("length",), x))
    assert found.effect[0] / found.typical[0] == pytest.approx(0.8, abs=0.1)
    np.testing.assert_allclose(found.strength - found.strength[0], strength, atol=0.1)


def test_what_cannot_be_told_is_refused_with_the_features_name() -> None:
    _, rows = example()
    same = dataclasses.replace(rows, features=rows.features * [[1.0, 0.0]])
    with pytest.raises(BadInput, match="differ in headers"):
        fit_style(same)
    twice = dataclasses.replace(rows, features=rows.features[:, [0, 0]])
    with pytest.raises(BadInput, match="none follows from others"):
        fit_style(twice)
    outright = dataclasses.replace(rows, score=(rows.features[:, 0] > 0).astype(float))
    with pytest.raises(BadInput, match="got all determined by length"):
        fit_style(outright)


def styled(rows: Battles, values: FloatArray, options: RatingSettings) -> Ratings:
    known = np.asarray(~np.isnan(values).any(axis=1), np.bool_)
    style = BattleStyle(options.style, values, known)
    return rate_bradley_terry(Evidence(rows, style=style), settings=options)


def test_a_wordy_model_loses_what_its_length_won() -> None:
    """Two equal models and a rater who likes length: who always writes more wins until length is held equal."""
    rng = np.random.default_rng(1)
    n = 20_000
    x = np.clip(rng.normal(0.3, 0.3, n), -0.9, 0.9)
    wins = rng.random(n) < 1 / (1 + np.exp(-2.0 * x))
    battles = Battles.of_codes(("wordy", "brief"), np.zeros(n, np.int32), np.ones(n, np.int32), (~wins).astype(np.int8))
    ratings = styled(battles, x[:, None], RatingSettings(style=("length",)))
    assert ratings.plain_rating is not None
    assert ratings.plain_rating[0] - ratings.plain_rating[1] > 70
    assert abs(ratings.rating[0] - ratings.rating[1]) < 20
    assert ratings.lower[0] < 1000 < ratings.upper[0]
    (length,) = ratings.coefficients
    assert length.lower < ELO_PER_NAT * 2.0 * length.scale < length.upper


def test_battles_without_texts_or_outside_the_main_group_are_counted() -> None:
    rows = [*random_rows(4, 400, seed=2), ("new", "m0", "model_a")]
    battles = Battles.from_rows(rows)
    values = np.random.default_rng(0).normal(0.0, 0.5, (len(rows), 1))
    values[:7] = np.nan
    ratings = styled(battles, values, RatingSettings(style=("length",)))
    assert ratings.left_out == {"unknown_style": 7, "outside_main_group": 1}
    assert np.isnan(ratings.rating[battles.models.index("new")])
    assert ratings.battles.sum() == 2 * 393


def test_style_without_any_text_is_refused_in_a_sentence() -> None:
    battles = Battles.from_rows(random_rows(4, 40, seed=2))
    nothing = BattleStyle(("length",), np.zeros((40, 1)), np.zeros(40, bool))
    for evidence in (Evidence(battles), Evidence(battles, style=nothing)):
        with pytest.raises(BadInput, match="with known length, got none"):
            rate_bradley_terry(evidence, settings=RatingSettings(style=("length",)))
