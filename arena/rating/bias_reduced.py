"""Covariance of a fit with few, uneven clusters, and the degrees of freedom of what is estimated.

The bias-reduced sandwich (CR2) of R. M. Bell and D. F. McCaffrey, 2002, "Bias reduction in standard errors for linear
regression with multi-stage samples", with Satterthwaite's degrees of freedom for each contrast as they give them; see
also J. E. Pustejovsky and E. Tipton, 2018, "Small-sample methods for cluster-robust variance estimation and hypothesis
testing in fixed effects models". The scores of a cluster are divided by the square root of one minus its leverage,
and the degrees of freedom are those of independent battles: with ten raters of whom two gave most votes, some three.

Everything works on the scores and the information of clusters, so any fit can use it. With whitened scores z = L' u and
leverage K = L' M L, for an inverse curvature L L', the adjusted scores are (I - K)^(-1/2) z.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from arena.rating.clusters import Contributions, RowScores, independent_products, renumber
from arena.rating.counts import IndexArray, IntArray
from storage.ledger.battles import FloatArray

FEW_DEGREES = 4.0
"""Fewer effective degrees of freedom than this make an interval unreliable."""

_DENSE_CELLS = 500_000
_SUM_CELLS = 20_000_000
_HEAVY = 0.3
_LIGHT = 0.03
"""Summed leverage of a cluster from which the power series is not used."""
_LARGEST_EIGEN = 120
_MOST_LEVERAGE = 0.99
_TOLERANCE = 1e-4
_MOST_TERMS = 60
_UNSEEN_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """Sums over the rows of each cluster at the maximum of a fit.

    Attributes:
        scores: contributions to the slope of the log-likelihood, (n_clusters, n_parameters).
        information: contributions to the curvature, (n_clusters, n_parameters, n_parameters), positive semidefinite.
    """

    scores: FloatArray
    information: FloatArray


@dataclass(frozen=True, eq=False)
class BiasReduced:
    """Covariance of the parameters, and how much is known about it.

    Attributes:
        covariance: (n_parameters, n_parameters).
        freedom: degrees of freedom of each contrast, 1 or more; (n_contrasts,).
    """

    covariance: FloatArray
    freedom: FloatArray


@dataclass(frozen=True, eq=False)
class _Terms:
    """The covariance of the terms of the variance of each contrast, one term a cluster, with independent rows.

    Attributes:
        covariance: covariance of the parameters.
        trace: sum of the variances of the terms, (n_contrasts,).
        squares: sum of their squared covariances, (n_contrasts,).
        own: variance that each contrast has from these clusters, (n_contrasts,).
        unseen: whether one cluster determines a contrast alone in part, (n_contrasts,).
    """

    covariance: FloatArray
    trace: FloatArray
    squares: FloatArray
    own: FloatArray
    unseen: npt.NDArray[np.bool_]


def bias_reduced(sums: ClusterSums, inverse: FloatArray, contrasts: FloatArray) -> BiasReduced:
    """CR2 covariance with Satterthwaite's degrees of freedom.

    A contrast that only one cluster determines in part (more than a twentieth of its variance) has one degree of
    freedom, since its variation between clusters is unknown; one without a variance, such as an anchor, has inf.

    Args:
        sums: scores and information of two or more clusters.
        inverse: inverse curvature of the fit, may be singular; (n_parameters, n_parameters).
        contrasts: coefficients of the contrasts, (n_parameters, n_contrasts).
    """
    terms = _terms_of(sums, inverse, contrasts)
    return BiasReduced(terms.covariance, _degrees(terms, inverse, contrasts))


def cluster_covariance(scores: RowScores, codes: IntArray, inverse: FloatArray, contrasts: FloatArray) -> BiasReduced:
    """CR2 covariance from the contributions of rows.

    With many clusters and models, light clusters are adjusted by a power series, and their part of the degrees of
    freedom of a contrast is that of their information on the model of the same number.

    Args:
        scores: slopes and information of the rows.
        codes: cluster of each row, from zero without a gap; two or more clusters.
        inverse: inverse curvature, of the width of the rows.
        contrasts: coefficients of contrasts, the first of which belong to the models, (width, n_contrasts).
    """
    n_clusters, width = int(codes.max(initial=-1)) + 1, scores.slope.width
    if n_clusters * width * max(width, contrasts.shape[1]) <= _DENSE_CELLS:
        return bias_reduced(sum_clusters(scores, codes, n_clusters), inverse, contrasts)
    trace = np.bincount(codes, _row_leverage(scores.curvature, inverse), n_clusters)
    heavy = (trace > _HEAVY)[codes] & (width <= _LARGEST_EIGEN)
    several = (np.bincount(codes, minlength=n_clusters)[codes] > 1) | scores.apart
    single = leverage_corrected(scores.keep(~several & ~heavy), inverse, power=0.5)
    covariance = inverse @ independent_products(single) @ inverse
    light = (trace < _LIGHT)[codes]
    for chosen in (several & light, several & ~light & ~heavy):
        for part in _parts(codes, chosen, width):
            covariance += _series_part(scores.keep(part), renumber(codes[part]), inverse)
    own = renumber(codes[heavy])
    terms = _terms_of(sum_clusters(scores.keep(heavy), own, int(own.max(initial=-1)) + 1), inverse, contrasts)
    if contrasts.shape[1]:
        terms = _with_light_terms(scores.keep(~heavy), codes[~heavy], terms, inverse, contrasts)
    return BiasReduced(covariance + terms.covariance, _degrees(terms, inverse, contrasts))


def sum_clusters(scores: RowScores, codes: IntArray, n_clusters: int) -> ClusterSums:
    """Scores and information of each cluster, dense."""
    width = scores.slope.width
    slope = np.zeros(n_clusters * width)
    for at, value in scores.slope.entries():
        _add(slope, codes * width + at, value)
    information = np.zeros(n_clusters * width * width)
    for one in scores.curvature:
        entries = one.entries()
        for at, value in entries:
            for other, also in entries:
                place = (codes * width + at) * width + other
                _add(information, place, value * also)
    return ClusterSums(slope.reshape(n_clusters, width), information.reshape(n_clusters, width, width))


def _add(total: FloatArray, place: IntArray, value: FloatArray) -> None:
    """Add values at their places, without going through all of a total that has more places than values."""
    if len(place) < len(total):
        np.add.at(total, place, value)
    else:
        total += np.bincount(place, value, len(total))


def _root(inverse: FloatArray) -> FloatArray:
    """A matrix L with L L' = inverse, without its null directions."""
    values, vectors = np.linalg.eigh(0.5 * (inverse + inverse.T))
    kept = values > 1e-12 * values.max(initial=0.0)
    root: FloatArray = vectors[:, kept] * np.sqrt(values[kept])
    return root


def _terms(trace: float) -> int:
    """Terms of the power series of (1 - x)^(-1/2) for x up to `trace`."""
    if trace >= 1.0:
        return _MOST_TERMS
    return min(_MOST_TERMS, 1 + int(np.ceil(np.log(_TOLERANCE) / np.log(max(trace, 1e-9)))))


def _coefficients(terms: int) -> FloatArray:
    """The first coefficients of the series after the leading one, which begin with 1/2, 3/8, 5/16."""
    step = np.arange(1.0, terms + 1.0)
    found: FloatArray = np.cumprod(1.0 - 0.5 / step, dtype=np.float64)
    return found


def _by_inverse_root(leverage: FloatArray, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(I - K)^(-1/2) of each cluster times its columns, and the directions that one cluster alone determines.

    Args:
        leverage: K of each cluster, (n_clusters, width, width).
        columns: columns of each cluster, (n_clusters, width, n_columns).

    Returns:
        The columns times the roots, and the directions, (width, n_directions).
    """
    trace = np.trace(leverage, axis1=1, axis2=2)
    heavy = np.flatnonzero(trace > _HEAVY)
    light = np.flatnonzero(trace <= _HEAVY)
    lifted = np.empty_like(columns)
    if len(light):
        coefficients = _coefficients(_terms(float(trace[light].max())))
        part, own = leverage[light], columns[light]
        sums = coefficients[-1] * own
        for coefficient in (*coefficients[-2::-1], 1.0):
            sums = np.matmul(part, sums) + coefficient * own
        lifted[light] = sums
    if not len(heavy):
        return lifted, np.empty((leverage.shape[1], 0))
    values, vectors = np.linalg.eigh(leverage[heavy])
    factor = 1.0 / np.sqrt(1.0 - np.clip(values, 0.0, _MOST_LEVERAGE))
    back = vectors.transpose(0, 2, 1)
    lifted[heavy] = np.matmul(vectors, factor[:, :, None] * np.matmul(back, columns[heavy]))
    return lifted, back[values > _MOST_LEVERAGE].T


def _terms_of(sums: ClusterSums, inverse: FloatArray, contrasts: FloatArray) -> _Terms:
    root = _root(inverse)
    leverage = np.matmul(root.T, np.matmul(sums.information, root))
    along = root.T @ contrasts
    scores = (sums.scores @ root)[:, :, None]
    columns = np.concatenate([scores, np.broadcast_to(along, (len(scores), *along.shape))], axis=2)
    raised, alone = _by_inverse_root(leverage, columns)
    adjusted, lifted = raised[:, :, 0], raised[:, :, 1:]
    seen = np.matmul(leverage, lifted)
    own, shared = np.sum(lifted * seen, axis=1), np.sum(seen * seen, axis=1)
    by_contrast = np.ascontiguousarray(seen.transpose(2, 1, 0))
    crossed = np.sum(np.matmul(by_contrast, by_contrast.transpose(0, 2, 1)) ** 2, axis=(1, 2))
    return _Terms(
        covariance=root @ (adjusted.T @ adjusted) @ root.T,
        trace=np.sum(own - shared, axis=0),
        squares=crossed + np.sum(own**2 - 2.0 * own * shared, axis=0),
        own=np.sum(along * np.matmul(leverage.sum(axis=0), along), axis=0),
        unseen=np.sum((alone.T @ along) ** 2, axis=0) > _UNSEEN_SHARE * np.sum(along**2, axis=0),
    )


def _degrees(terms: _Terms, inverse: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Satterthwaite's degrees of freedom: the squared trace over the sum of squares."""
    known = terms.squares > 0.0
    freedom = np.divide(terms.trace**2, terms.squares, out=np.ones(len(known)), where=known)
    freedom = np.where(terms.unseen, 1.0, np.maximum(freedom, 1.0))
    return np.where(np.sum(contrasts * (inverse @ contrasts), axis=0) > 0.0, freedom, np.inf)


def _with_light_terms(
    scores: RowScores, codes: IntArray, heavy: _Terms, inverse: FloatArray, contrasts: FloatArray
) -> _Terms:
    """The terms of heavy clusters and of light ones, whose share in a contrast is that in the curvature of a model."""
    n, n_clusters = scores.slope.n_models, int(codes.max(initial=-1)) + 1
    value, model = _information_by_model(scores.curvature, codes, n_clusters)
    one, two, three = (np.bincount(model, value**power, n) for power in (1, 2, 3))
    place = np.minimum(np.arange(contrasts.shape[1]), n - 1)
    whole = np.sum(contrasts * (inverse @ contrasts), axis=0)
    scale = np.maximum(whole - heavy.own, 0.0) / np.maximum(one[place], 1e-300)
    two, three = two[place] * scale**2, three[place] * scale**3
    whole = np.maximum(whole, 1e-300)
    return replace(
        heavy,
        trace=heavy.trace + one[place] * scale - two / whole,
        squares=heavy.squares + two - 2.0 * three / whole + (two / whole) ** 2,
    )


def _information_by_model(
    curvature: Sequence[Contributions], codes: IntArray, n_clusters: int
) -> tuple[FloatArray, IndexArray]:
    """Information of each cluster on each model that it met, and the code of that model."""
    n = curvature[0].n_models
    to_first = np.sum([one.to_first**2 for one in curvature], axis=0)
    to_second = np.sum([one.to_second**2 for one in curvature], axis=0)
    first, second = curvature[0].first, curvature[0].second
    if n_clusters * n <= _SUM_CELLS:
        base = codes * np.int64(n)
        table = np.bincount(base + first, to_first, n_clusters * n)
        table += np.bincount(base + second, to_second, n_clusters * n)
        return np.asarray(table, np.float64), np.tile(np.arange(n), n_clusters)
    place = (np.concatenate([codes, codes]), np.concatenate([first, second]))
    sparse = coo_array((np.concatenate([to_first, to_second]), place), shape=(n_clusters, n)).tocsr()
    return sparse.data, sparse.indices.astype(np.intp)


def _scaled(rows: Contributions, first: FloatArray, second: FloatArray) -> Contributions:
    return Contributions(
        n_models=rows.n_models,
        first=rows.first,
        second=rows.second,
        to_first=rows.to_first * first,
        to_second=rows.to_second * second,
        extra=rows.extra * first[:, None],
    )


def leverage_corrected(scores: RowScores, inverse: FloatArray, *, power: float) -> Contributions:
    """Slopes of independent rows divided by (1 - leverage)^power: 1/2 is HC2, 1 is HC3 of MacKinnon and White."""
    if not scores.apart:
        factor = _lifted(_row_leverage(scores.curvature, inverse), power)
        return _scaled(scores.slope, factor, factor)
    unit = np.diagonal(inverse)
    first = np.sum([one.to_first**2 * unit[one.first] for one in scores.curvature], axis=0)
    second = np.sum([one.to_second**2 * unit[one.second] for one in scores.curvature], axis=0)
    return _scaled(scores.slope, _lifted(first, power), _lifted(second, power))


def _lifted(leverage: FloatArray, power: float) -> FloatArray:
    found: FloatArray = (1.0 - np.minimum(leverage, _MOST_LEVERAGE)) ** -power
    return found


def _row_leverage(curvature: Sequence[Contributions], inverse: FloatArray) -> FloatArray:
    """Leverage of each row, summed over its vectors."""
    total = np.zeros(len(curvature[0].first))
    for one in curvature:
        entries = one.entries()
        for place, (at, value) in enumerate(entries):
            total += value**2 * inverse[at, at]
            for other, also in entries[place + 1 :]:
                total += 2.0 * value * also * inverse[at, other]
    return total


def _parts(codes: IntArray, chosen: npt.NDArray[np.bool_], cells: int) -> list[IndexArray]:
    """Indices of the chosen rows in parts of whole clusters, each with a bounded table of `cells` per cluster."""
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return []
    own = renumber(codes[rows])
    at_once = max(1, _SUM_CELLS // cells)
    if int(own.max()) < at_once:
        return [rows]
    order = np.argsort(own, kind="stable")
    ends = np.searchsorted(own[order], np.arange(at_once, int(own.max()) + 1, at_once))
    return [rows[part] for part in np.split(order, ends)]


def _series_part(scores: RowScores, codes: IntArray, inverse: FloatArray) -> FloatArray:
    """Adjusted scores by the power series of (1 - x)^(-1/2) in M inverse, one pass over the rows for each term."""
    width, n_clusters = scores.slope.width, int(codes.max()) + 1
    cells, base = n_clusters * width, codes * np.int64(width)
    term = np.zeros(cells)
    for at, value in scores.slope.entries():
        term += np.bincount(base + at, value, cells)
    adjusted = term.copy()
    trace = np.bincount(codes, _row_leverage(scores.curvature, inverse), n_clusters)
    for coefficient in _coefficients(_terms(float(trace.max(initial=0.0)))):
        ahead = (term.reshape(n_clusters, width) @ inverse).ravel()
        term = np.zeros(cells)
        for one in scores.curvature:
            entries = [(base + at, value) for at, value in one.entries()]
            along = np.sum([ahead[place] * value for place, value in entries], axis=0)
            for place, value in entries:
                term += np.bincount(place, along * value, cells)
        adjusted += coefficient * term
    moved = adjusted.reshape(n_clusters, width) @ inverse
    return np.asarray(moved.T @ moved, np.float64)
