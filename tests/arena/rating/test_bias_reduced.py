"""The bias-reduced sandwich and its degrees of freedom against matrices written out over the rows of a fit."""

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.special import expit

from arena.rating import bias_reduced as module
from arena.rating.bias_reduced import ClusterSums, bias_reduced, cluster_covariance
from arena.rating.clusters import Contributions, RowScores
from arena.rating.counts import IntArray
from storage.ledger.battles import FloatArray

N_MODELS = 4


def inverse_of(curvature: FloatArray) -> FloatArray:
    """Inverse of a curvature by strengths, of which only differences count."""
    return np.asarray(np.linalg.pinv(curvature), np.float64)


class TinyFit:
    """Votes of uneven raters on four models, with a residual and a weight for each vote."""

    def __init__(self, sizes: tuple[int, ...], seed: int = 3) -> None:
        rng = np.random.default_rng(seed)
        self.codes: IntArray = np.repeat(np.arange(len(sizes)), sizes).astype(np.int64)
        n = len(self.codes)
        self.a = rng.integers(0, N_MODELS, n).astype(np.int32)
        self.b = ((self.a + rng.integers(1, N_MODELS, n)) % N_MODELS).astype(np.int32)
        chance = expit(rng.normal(0.0, 0.5, n))
        self.weight = chance * (1.0 - chance)
        self.design = np.zeros((n, N_MODELS))
        self.design[np.arange(n), self.a], self.design[np.arange(n), self.b] = 1.0, -1.0
        self.inverse = inverse_of(self.design.T @ (self.weight[:, None] * self.design))
        raw = (rng.random(n) < chance) - chance
        # what a fit leaves: scores that sum to zero
        self.residual = raw - self.weight * (self.design @ self.inverse @ (self.design.T @ raw))

    @property
    def scores(self) -> RowScores:
        root, nothing = np.sqrt(self.weight), np.empty((len(self.a), 0))
        slope = Contributions(N_MODELS, self.a, self.b, self.residual, -self.residual, nothing)
        return RowScores(slope, (Contributions(N_MODELS, self.a, self.b, root, -root, nothing),))

    def written_out(self, contrast: FloatArray) -> tuple[float, float]:
        """Variance and degrees of freedom of a contrast by the formulas of Bell and McCaffrey, row by row."""
        root = np.sqrt(self.weight)
        design, residual = root[:, None] * self.design, self.residual / root
        hat = design @ self.inverse @ design.T
        blocks = []
        for code in range(int(self.codes.max()) + 1):
            rows = np.flatnonzero(self.codes == code)
            values, vectors = np.linalg.eigh(np.eye(len(rows)) - hat[np.ix_(rows, rows)])
            blocks.append((vectors / np.sqrt(values)) @ vectors.T)
        lift = block_diag(*blocks)
        along = lift @ design @ self.inverse @ contrast
        of_cluster = np.array([along * (self.codes == code) for code in range(len(blocks))])
        variance = float(np.sum((of_cluster @ residual) ** 2))
        rest = np.eye(len(residual)) - hat
        terms = of_cluster @ rest @ of_cluster.T
        return variance, float(np.trace(terms) ** 2 / np.sum(terms**2))


@pytest.mark.parametrize("sizes", [(12, 9, 7, 8), (40, 8, 7, 6, 5, 4), (9,) * 6])
def test_variance_and_degrees_are_those_written_out_over_the_rows(sizes: tuple[int, ...]) -> None:
    fit = TinyFit(sizes)
    contrasts = np.eye(N_MODELS) - 0.25
    difference = np.eye(N_MODELS)[:, [0]] - np.eye(N_MODELS)[:, [2]]
    every = np.column_stack([contrasts, difference])
    found = cluster_covariance(fit.scores, fit.codes, fit.inverse, every)
    for place, contrast in enumerate(every.T):
        variance, freedom = fit.written_out(contrast)
        assert contrast @ found.covariance @ contrast == pytest.approx(variance, rel=1e-4)
        assert found.freedom[place] == pytest.approx(freedom, rel=1e-4)


def test_even_clusters_have_one_degree_less_than_clusters() -> None:
    """Seven raters who each vote once on every ordered pair of models."""
    pairs = [(a, b) for a in range(N_MODELS) for b in range(N_MODELS) if a != b]
    block = np.zeros((N_MODELS, N_MODELS))
    for a, b in pairs:
        edge = np.eye(N_MODELS)[a] - np.eye(N_MODELS)[b]
        block += np.outer(edge, edge)
    sums = ClusterSums(np.zeros((7, N_MODELS)), np.tile(block, (7, 1, 1)))
    found = bias_reduced(sums, inverse_of(7 * block), np.eye(N_MODELS) - 0.25)
    np.testing.assert_allclose(found.freedom, 6.0)


def test_one_busy_rater_among_ten_leaves_few_degrees() -> None:
    fit = TinyFit((200, *[8] * 9))
    freedom = cluster_covariance(fit.scores, fit.codes, fit.inverse, np.eye(N_MODELS) - 0.25).freedom
    assert (freedom < 3.0).all() and (freedom >= 1.0).all()


def test_a_model_that_one_rater_alone_saw_has_one_degree() -> None:
    fit = TinyFit((30, 30, 30, 30))
    alone = (fit.a != 3) & (fit.b != 3) | (fit.codes == 0)
    chosen = np.flatnonzero(alone)
    scores, codes = fit.scores.keep(chosen), fit.codes[chosen]
    design = fit.design[chosen]
    inverse = inverse_of(design.T @ (fit.weight[chosen, None] * design))
    freedom = cluster_covariance(scores, codes, inverse, np.eye(N_MODELS) - 0.25).freedom
    assert freedom[3] == 1.0


@pytest.mark.parametrize("several", [True, False])
def test_many_clusters_are_adjusted_as_few_are(*, several: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power series, and the exact part for heavy clusters, against all clusters at once."""
    sizes = (60, 20, *([3] * 25 if several else [1] * 60))
    fit = TinyFit(sizes)
    contrasts = np.eye(N_MODELS) - 0.25
    exact = cluster_covariance(fit.scores, fit.codes, fit.inverse, contrasts)
    monkeypatch.setattr(module, "_DENSE_CELLS", 0)
    monkeypatch.setattr(module, "_SUM_CELLS", 64)
    split = cluster_covariance(fit.scores, fit.codes, fit.inverse, contrasts)
    np.testing.assert_allclose(split.covariance, exact.covariance, atol=2e-4 * np.abs(exact.covariance).max())
    np.testing.assert_allclose(split.freedom, exact.freedom, rtol=0.1)
