"""A fused estimate from contributions: lambda, the corrected contributions, and their variance.

It serves every rating whose error is a matrix times a sum of contributions: Bradley-Terry, where the matrix is the
inverse curvature, and means, where it divides by the number of scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from arena.fused.controls import Controls, Strata, make_controls
from arena.fused.pool import JudgedPool, Mask, PeopleRows
from arena.fused.tuning import FEW_QUESTIONS, Tuning, TuningRows, tune
from arena.rating.clusters import Contributions, cluster_products, independent_products, renumber
from arena.rating.counts import IntArray
from arena.rating.method import Interval
from storage.ledger.battles import FloatArray

LEAST_UNVOTED = 0.02
"""Share of judged items without a vote below which judges are not used: they could save next to nothing, and lambda
would rest on the few items that happen to have two votes."""
_LEAST_VARIANCE = 1e-30


@dataclass(frozen=True, eq=False)
class FusedTask:
    """Input of a fused estimate.

    Attributes:
        people: votes, or scores.
        pool: judged items.
        strata: strata of both.
        error: contributions of the votes to the slope, one row per vote.
        residual: vote minus what the ratings expect of it, (n_votes,).
        bread: (n_models, n_models) matrix from slopes to errors of the ratings.
        two: whether items have two models.
        interval: clusters of the variance.
        seed: seed of the folds.
    """

    people: PeopleRows
    pool: JudgedPool
    strata: Strata
    error: Contributions
    residual: FloatArray
    bread: FloatArray
    two: bool
    interval: Interval
    seed: int


@dataclass(frozen=True, eq=False)
class FusedEstimate:
    """What the judges add to an estimate.

    Attributes:
        controls: the controls.
        tuning: lambda.
        shift: amount to subtract from the residual of each vote, (n_votes,).
        plain: (n_models, n_models) variance of the ratings without judges, from the contributions.
        fused: the same with judges.
    """

    controls: Controls
    tuning: Tuning
    shift: FloatArray
    plain: FloatArray
    fused: FloatArray

    @property
    def saved(self) -> float:
        """Share of the variance that the judges remove, the mean over models; zero or below where they remove none."""
        before, after = np.diagonal(self.plain), np.diagonal(self.fused)
        known = before > _LEAST_VARIANCE
        return 1.0 - float(np.mean(after[known] / before[known])) if known.any() else 0.0


def fuse(task: FusedTask) -> FusedEstimate:
    """Tune lambda and measure the variance with and without judges."""
    controls = make_controls(task.people, task.pool, task.strata)
    width, n_votes = task.pool.values.shape[1], len(task.people)
    loose = np.flatnonzero(controls.votes_per_item == 0)
    votes, items = controls.pulls(np.ones((n_votes, width)))
    pulls = np.concatenate([votes, items[loose]])
    rows = TuningRows(_with_items(task.error, task.pool, loose), pulls, task.two, n_votes)
    question = _clusters_of(task, loose)
    size = np.diagonal(task.bread)
    worth = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0.0)
    if len(loose) < LEAST_UNVOTED * len(task.pool):
        tuning = Tuning(np.zeros((n_votes, width)), np.zeros(width), 0.0, 0.0)
    else:
        tuning = tune(rows, question, task.bread.T @ (worth[:, None] * task.bread), task.seed)
    plain = _variance(task, task.error, None)
    fused = plain
    if tuning.of_votes.any():
        at_votes, at_items = controls.pulls(tuning.of_votes)
        less = np.concatenate([at_votes, at_items[loose]]).sum(axis=1)
        joint = replace(
            rows.people,
            to_first=rows.people.to_first - less,
            to_second=rows.people.to_second + less if task.two else rows.people.to_second,
        )
        fused = _variance(task, joint, loose)
    return FusedEstimate(controls, tuning, controls.shift(tuning.of_votes), plain, fused)


def _with_items(error: Contributions, pool: JudgedPool, loose: IntArray) -> Contributions:
    """The contributions of the votes, and rows of zeros for the items without a vote."""
    nothing = np.zeros(len(loose))
    return Contributions(
        error.n_models,
        np.concatenate([error.first, pool.first[loose]]),
        np.concatenate([error.second, pool.second[loose]]),
        np.concatenate([error.to_first, nothing]),
        np.concatenate([error.to_second, nothing]),
        np.empty((len(error.first) + len(loose), 0)),
    )


def _clusters_of(task: FusedTask, loose: IntArray) -> IntArray:
    """Clusters for lambda: questions, or items if there are few questions; unknown ones are single."""
    by_question = np.concatenate([task.people.question, task.pool.question[loose]]).astype(np.int64)
    if len(np.unique(task.people.question[task.people.question >= 0])) < FEW_QUESTIONS or task.interval == "sandwich":
        by_question = np.concatenate([task.people.item, loose])
    return _numbered(by_question)


def _numbered(codes: IntArray) -> IntArray:
    own = np.where(codes < 0, codes.max(initial=-1) + 1 + np.arange(len(codes)), codes)
    return renumber(own)


def _variance(task: FusedTask, rows: Contributions, loose: IntArray | None) -> FloatArray:
    """Variance of the ratings: by rater, plus by question, minus by both; at least that of independent items.

    Items without a vote have no rater, so they only enter by question.
    """
    n_votes = len(task.people)
    items = np.empty(0, np.int64) if loose is None else loose
    votes = np.arange(len(rows.first)) < n_votes
    people = rows if loose is None else rows.keep(votes)
    by_item = np.concatenate([task.people.item, items])
    floor = _products(rows, _numbered(by_item), None)
    meats: list[FloatArray] = []
    keys = _keys(task)
    if "question" in keys:
        codes = np.concatenate([keys["question"], task.pool.question[items].astype(np.int64)])
        meats.append(_products(rows, _numbered(codes), len(np.unique(keys["question"]))))
    else:
        meats.append(floor)
    if "rater" in keys:
        rater = _numbered(keys["rater"])
        both = by_item[:n_votes] if "question" not in keys else _numbered(keys["question"])
        shared = renumber(rater * np.int64(both.max() + 2) + both + 1)
        meats.append(_products(people, rater, None))
        meats.append(-_products(people, shared, None))
    total = task.bread @ np.sum(meats, axis=0) @ task.bread.T
    least = task.bread @ floor @ task.bread.T
    return _no_smaller(total, least)


def _no_smaller(covariance: FloatArray, floor: FloatArray) -> FloatArray:
    """Covariance without negative eigenvalues and with variances of at least those of `floor`."""
    values, vectors = np.linalg.eigh(0.5 * (covariance + covariance.T))
    positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
    missing = np.maximum(np.diagonal(floor) - np.diagonal(positive), 0.0)
    raised: FloatArray = positive + np.diag(missing)
    return raised


def _keys(task: FusedTask) -> Mapping[str, IntArray]:
    """Codes of raters and questions of the votes, as far as the interval asks for them and they vary."""
    wanted = {"clustered": ("rater", "question"), "rater": ("rater",), "question": ("question",)}
    found = {}
    for name in wanted.get(task.interval, ()):
        codes = getattr(task.people, name).astype(np.int64)
        if len(np.unique(codes)) > 1:
            found[name] = codes
    return found


def _products(rows: Contributions, codes: IntArray, clusters: int | None) -> FloatArray:
    """Sum over clusters of u u', times G / (G - 1); G is the number of clusters of votes if it is given."""
    total = int(codes.max(initial=-1)) + 1
    if total < 2:
        return independent_products(rows)
    found = cluster_products(rows, codes)[0]
    if clusters is None or clusters < 2:
        return found
    return np.asarray(found * ((total - 1) / total * clusters / (clusters - 1)), np.float64)


def votes_inside(people: PeopleRows, group: IntArray) -> Mask:
    """The votes between two models of the same group; a group below zero has no votes."""
    return np.asarray((group[people.first] >= 0) & (group[people.first] == group[people.second]), np.bool_)
