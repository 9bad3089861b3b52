"""Scores of models against a baseline, plain and under style control, as Arena-Hard publishes them.

Under style control, the length and the markdown of both responses explain a part of each verdict, and the score is what
remains at equal style.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from judging.recipes.logistic import Numbers, fit_logistic, sigmoid
from judging.recipes.recipe import BenchmarkFigure


class StyledBattle(NamedTuple):
    """One verdict on a model and the baseline.

    Attributes:
        question: key of the question.
        model: name of the model.
        baseline: name of the baseline.
        share: the model's share of the point: 0, 0.5 or 1.
    """

    question: str
    model: str
    baseline: str
    share: float


@dataclass(frozen=True)
class StyleRule:
    """How one version of the benchmark measures style.

    Attributes:
        markdown: whether headers, lists and bold passages are compared as counts or as counts per token.
        ridge: penalty on half the sum of squared coefficients.
        weight: weight of every verdict, which counts beside the penalty.
        scale: factor of the models' columns, which counts beside the penalty.
        freedom: degrees of freedom that a standard deviation loses.
    """

    markdown: Literal["counts", "per token"]
    ridge: float
    weight: float
    scale: float
    freedom: int


FIRST_STYLE = StyleRule("counts", ridge=1.0, weight=2.0, scale=float(np.log(10.0)), freedom=0)
SECOND_STYLE = StyleRule("per token", ridge=0.0, weight=1.0, scale=1.0, freedom=1)

Styles = Mapping[tuple[str, str], Sequence[float]]


def score_figures(battles: Sequence[StyledBattle], name: str, lacking: Mapping[str, int]) -> list[BenchmarkFigure]:
    """The mean share of each model in percent; models without any verdict have none."""
    figures = []
    for model in sorted({one.model for one in battles} | set(lacking)):
        shares = [one.share for one in battles if one.model == model]
        score = 100.0 * sum(shares) / len(shares) if shares else None
        figures.append(BenchmarkFigure(model, name, score, len(shares), lacking.get(model, 0)))
    return figures


def style_figures(battles: Sequence[StyledBattle], styles: Styles, name: str, rule: StyleRule) -> list[BenchmarkFigure]:
    """The score of each model at equal style, of one fit to all models; none without the style of every response.

    The value is None where wins and losses are separated, so that there is no fit.
    """
    known = [{(one.question, one.model), (one.question, one.baseline)} <= styles.keys() for one in battles]
    if not battles or not all(known):
        return []
    names = sorted({one.model for one in battles} | {one.baseline for one in battles})
    design = np.zeros((len(battles), len(names)))
    for row, one in enumerate(battles):
        design[row, names.index(one.model)] += rule.scale
        design[row, names.index(one.baseline)] -= rule.scale
    shares = np.array([one.share for one in battles])
    features = _features(battles, styles, rule)
    fitted = fit_logistic(np.hstack([design, features]), shares, weight=rule.weight, ridge=rule.ridge)
    baseline = names.index(battles[0].baseline)
    figures = []
    for model in sorted({one.model for one in battles}):
        value = None
        if fitted is not None:
            difference = rule.scale * (fitted[names.index(model)] - fitted[baseline])
            value = 100.0 * float(sigmoid(np.array(difference)))
        figures.append(BenchmarkFigure(model, name, value, sum(one.model == model for one in battles)))
    return figures


def _features(battles: Sequence[StyledBattle], styles: Styles, rule: StyleRule) -> Numbers:
    """Standardised differences of tokens, headers, list items and bold passages; a constant one is zero."""
    own = np.array([styles[one.question, one.model] for one in battles], dtype=np.float64)
    other = np.array([styles[one.question, one.baseline] for one in battles], dtype=np.float64)
    if rule.markdown == "per token":
        own[:, 1:] /= np.maximum(own[:, :1], 1.0)
        other[:, 1:] /= np.maximum(other[:, :1], 1.0)
        added = np.array([0.0, 1.0, 1.0, 1.0])
    else:
        added = np.ones(4)
    total = own + other + added
    difference = (own - other) / np.where(total == 0.0, 1.0, total)
    spread = difference.std(axis=0, ddof=rule.freedom) if len(battles) > rule.freedom else np.zeros(4)
    centred = difference - difference.mean(axis=0)
    scaled: Numbers = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0.0)
    return scaled
