"""Order of models that wins in one direction only prove, for models whose distance has no maximum.

If a won all battles against b, their distance has no finite estimate, but their order is nearly sure. Were a no better
than b, a vote would favour a with a chance of at most one half, and k independent votes all would with at most 2^-k:
the sign test (Arbuthnott, 1710; Conover, 1999, "Practical nonparametric statistics", section 3.4). Votes of one rater
or on one question are alike, so k is the largest number of votes on the pair of which no two share a rater or a
question: a maximum matching of raters and questions. Their results are independent whatever raters share within.

All pairs that met are tested at once, in both directions (Bonferroni), so that the order can be followed along chains:
if a is above b and b above c, then a is above c. A chain claims nothing that its pairs do not, so it costs nothing
further.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_bipartite_matching

from arena.rating.connection import find_blocks, one_way_pairs
from arena.rating.counts import IndexArray, IntArray, PairCounts
from storage.ledger.battles import Battles

ERROR_SHARE = 0.1
"""Chance that any pair is put in the wrong order, as a share of the error of the rank ranges."""


@dataclass(frozen=True, eq=False)
class OneWayPairs:
    """Pairs of models that no chain of points leads back from, one entry for each.

    Attributes:
        winner: code of the model that took all points.
        loser: code of the other model.
        votes: number of votes that are independent of each other.
        met: number of pairs of models that met, each of which might have been found here, in either direction.
    """

    winner: IndexArray
    loser: IndexArray
    votes: IntArray
    met: int

    def proven(self, n_models: int, *, level: float) -> csr_array | None:
        """Whether the row model is above the column model, chains included, (n_models, n_models); None if nowhere.

        The chance that any entry is wrong is at most a tenth of one minus `level`.
        """
        sure = self.votes >= np.log2(2.0 * self.met / (ERROR_SHARE * (1.0 - level)))
        if not sure.any():
            return None
        winner, loser = self.winner[sure], self.loser[sure]
        graph = coo_array((np.ones(len(winner)), (winner, loser)), shape=(n_models, n_models)).tocsr()
        starts = np.unique(winner)
        below = [breadth_first_order(graph, start, return_predecessors=False)[1:] for start in starts.tolist()]
        rows, columns = np.repeat(starts, [len(found) for found in below]), np.concatenate(below)
        return coo_array((np.ones(len(rows)), (rows, columns)), shape=(n_models, n_models)).tocsr()


def find_one_way_pairs(counts: PairCounts, rows: Battles | None, keys: Mapping[str, IntArray]) -> OneWayPairs | None:
    """The pairs between blocks; None if every model scored by a chain against all that it is connected to.

    Args:
        counts: unweighted battles.
        rows: the battles behind the counts; None for independent ones.
        keys: cluster of each row by kind, at most two; empty for independent rows.
    """
    block = find_blocks(counts)
    pairs, winner, loser = one_way_pairs(counts, block)
    if not len(pairs):
        return None
    if rows is None or not keys:
        return OneWayPairs(winner, loser, np.floor(counts.battles[pairs]).astype(np.int64), len(counts.first))
    number = counts.first[pairs] * np.int64(counts.n_models) + counts.second[pairs]
    low, high = np.minimum(rows.a, rows.b).astype(np.int64), np.maximum(rows.a, rows.b)
    place = np.searchsorted(number, low * counts.n_models + high)
    place[place == len(number)] = 0
    among = np.flatnonzero(number[place] == low * counts.n_models + high)
    votes = independent_votes(place[among], [codes[among] for codes in keys.values()])
    return OneWayPairs(winner, loser, votes, len(counts.first))


def independent_votes(pair: npt.NDArray[np.intp], keys: list[IntArray]) -> IntArray:
    """Largest number of rows of each pair of which no two share a code; pairs are numbered without a gap."""
    ends = [np.unique(pair * (codes.max() + np.int64(1)) + codes, return_inverse=True)[1] for codes in keys]
    if len(ends) == 1:
        _, first = np.unique(ends[0], return_index=True)
        return np.bincount(pair[first]).astype(np.int64)
    shape = tuple(int(end.max()) + 1 for end in ends)
    graph = coo_array((np.ones(len(pair)), (ends[0], ends[1])), shape=shape).tocsr()
    partner = maximum_bipartite_matching(graph, perm_type="column")
    pair_of_end = np.zeros(shape[0], np.int64)
    pair_of_end[ends[0]] = pair
    return np.bincount(pair_of_end[partner >= 0], minlength=int(pair.max()) + 1).astype(np.int64)
