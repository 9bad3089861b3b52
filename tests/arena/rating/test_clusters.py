"""Sums over clusters come out the same, whether the table of clusters by parameters fits into memory or not."""

import numpy as np
import pytest

from arena.rating import clusters
from arena.rating.clusters import Contributions, cluster_products, independent_products, renumber

N_MODELS = 5


def contributions(rng: np.random.Generator, rows: int, extra: int) -> Contributions:
    first = rng.integers(0, N_MODELS, rows)
    return Contributions(
        n_models=N_MODELS,
        first=first.astype(np.int32),
        second=((first + rng.integers(1, N_MODELS, rows)) % N_MODELS).astype(np.int32),
        to_first=rng.normal(size=rows),
        to_second=rng.normal(size=rows),
        extra=rng.normal(size=(rows, extra)),
    )


@pytest.mark.parametrize("extra", [0, 2])
@pytest.mark.parametrize(("rows", "several"), [(60, 20), (30, 1), (12, 12)])
def test_many_clusters_are_summed_as_few_are(
    rows: int, several: int, extra: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `several` codes to choose from; with as many as there are rows, each row is a cluster of its own."""
    rng = np.random.default_rng(rows + extra)
    made = contributions(rng, rows, extra)
    drawn = np.arange(rows) if several == rows else rng.integers(0, several, rows)
    drawn[-1] = several  # a cluster of one row beside the others
    codes = renumber(drawn.astype(np.int64))
    total, present = cluster_products(made, codes)
    monkeypatch.setattr(clusters, "_DENSE_CELLS", 0)
    sparse_total, sparse_present = cluster_products(made, codes)
    np.testing.assert_allclose(sparse_total, total, atol=1e-12)
    np.testing.assert_array_equal(sparse_present, present)
    expected = np.zeros_like(total)
    for code in range(codes.max() + 1):
        one = np.zeros(made.width)
        for row in np.flatnonzero(codes == code):
            one[made.first[row]] += made.to_first[row]
            one[made.second[row]] += made.to_second[row]
            one[N_MODELS:] += made.extra[row]
        expected += np.outer(one, one)
    n_clusters = int(codes.max()) + 1
    np.testing.assert_allclose(total, expected * n_clusters / (n_clusters - 1), atol=1e-12)


def test_rows_that_are_clusters_of_their_own_are_independent() -> None:
    made = contributions(np.random.default_rng(4), 15, 1)
    total, _ = cluster_products(made, np.arange(15))
    np.testing.assert_allclose(total, independent_products(made) * 15 / 14, atol=1e-12)


def test_one_cluster_has_no_variance() -> None:
    with pytest.raises(ValueError, match="two or more clusters, got 1"):
        cluster_products(contributions(np.random.default_rng(1), 3, 0), np.zeros(3, np.int64))
