"""Connected groups of models, and the conditions for a finite maximum of the likelihood.

Models without a chain of battles between them have no common scale. And a finite Bradley-Terry maximum exists only
if each model of a group can be reached from every other one by a chain of "scored against" (Ford, 1957, "Solution of a
ranking problem from binary comparisons"); an undefeated model breaks that chain.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford, breadth_first_order, connected_components

from arena.rating.counts import IndexArray, IntArray, PairCounts

_LEAST_SHARE = 1e-9
"""A smaller share of the points of a pair counts as a loss, since a fit to it would exceed double precision."""


def find_islands(counts: PairCounts) -> IntArray:
    """Group of each model, shape (n_models,): 0 has the most battles; -1 is a model without a battle.

    Groups with equally many battles come in the order of their smallest code.
    """
    group = join_pairs(counts, np.ones(len(counts.first), bool))
    battles = counts.model_battles()
    size = np.bincount(group, battles, minlength=1)
    order = np.argsort(-size, kind="stable")
    place = np.empty(len(size), np.int64)
    place[order] = np.arange(len(size))
    return np.where(battles > 0, place[group], -1) if len(group) else group


def find_blocks(counts: PairCounts) -> IntArray:
    """Block of each model, shape (n_models,): within a block every model scored, by a chain, against every other.

    Blocks are numbered by their smallest code. One block means that the maximum likelihood exists.
    """
    _, labels = connected_components(_scored_against(counts), directed=True, connection="strong")
    return _by_first_member(labels)


def join_pairs(counts: PairCounts, pairs: npt.NDArray[np.bool_]) -> IntArray:
    """Group of each model when the chosen pairs join their two models; numbered by smallest code."""
    n = counts.n_models
    ends = (counts.first[pairs], counts.second[pairs])
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(n, n)).tocsr()
    _, labels = connected_components(graph, directed=False)
    return _by_first_member(labels)


def reach(counts: PairCounts, start: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Masks of the models that `start` scored against, and that scored against `start`, by any chain."""
    graph = _scored_against(counts)
    below, above = np.zeros(counts.n_models, bool), np.zeros(counts.n_models, bool)
    below[breadth_first_order(graph, start, directed=True, return_predecessors=False)] = True
    above[breadth_first_order(graph.T.tocsr(), start, directed=True, return_predecessors=False)] = True
    return below, above


def one_way_pairs(counts: PairCounts, block: IntArray) -> tuple[IndexArray, IndexArray, IndexArray]:
    """Pairs between different blocks as (index of the pair, code of the model that took all points, the other)."""
    pairs = np.flatnonzero(block[counts.first] != block[counts.second])
    first_won = counts.score[pairs] > 0.5 * counts.battles[pairs]
    first, second = counts.first[pairs], counts.second[pairs]
    return pairs, np.where(first_won, first, second), np.where(first_won, second, first)


def ties_are_bounded(counts: PairCounts) -> bool:
    """Whether a tie parameter of Davidson or Rao and Kupper has a maximum together with the strengths of one block.

    It has none while strengths could move apart and ties become likelier at once, without any result becoming less
    likely: some v with v_i - v_j >= 1 wherever i won and |v_i - v_j| <= 1 wherever i and j tied. Such a v exists
    unless these constraints hold a cycle of negative length; a pair that both models won is one.
    """
    draws = counts.draws > 0
    won, lost = counts.won > _LEAST_SHARE * counts.battles, counts.lost > _LEAST_SHARE * counts.battles
    if not draws.any() or not (won | lost).any():
        return False
    if (won & lost).any():
        return True
    forward, backward = won | draws, lost | draws
    rows = np.concatenate([counts.first[forward], counts.second[backward]])
    columns = np.concatenate([counts.second[forward], counts.first[backward]])
    length = np.concatenate([np.where(won[forward], -1.0, 1.0), np.where(lost[backward], -1.0, 1.0)])
    try:
        bellman_ford(coo_array((length, (rows, columns)), shape=(counts.n_models,) * 2).tocsr(), indices=[0])
    except NegativeCycleError:
        return True
    return False


def _scored_against(counts: PairCounts) -> csr_array:
    share = counts.score / np.maximum(counts.battles, 1.0)
    forward, backward = share > _LEAST_SHARE, share < 1.0 - _LEAST_SHARE
    rows = np.concatenate([counts.first[forward], counts.second[backward]])
    columns = np.concatenate([counts.second[forward], counts.first[backward]])
    return coo_array((np.ones(len(rows)), (rows, columns)), shape=(counts.n_models,) * 2).tocsr()


def _by_first_member(labels: npt.NDArray[np.int32]) -> IntArray:
    _, first_member, group = np.unique(labels, return_index=True, return_inverse=True)
    place = np.empty(len(first_member), np.int64)
    place[np.argsort(first_member)] = np.arange(len(first_member))
    return place[group]
