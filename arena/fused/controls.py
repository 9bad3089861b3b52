"""Controls: what the judges said about the items with a vote, minus what they said about all items.

The difference has expectation zero if the items with a vote are a random part of all items of their stratum, whatever
the judge does, so subtracting a multiple of it changes no expectation. It removes the part of the votes' luck that the
judge can see: people happened to rate the items on which one model does well (Angelopoulos et al., 2023, "PPI++:
Efficient prediction-powered inference", arXiv:2311.01453; a regression estimator in survey sampling). Means are taken
within strata, so judges need not follow the likelihood of the ratings, and people may rate some pairs of models more
often than others.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from arena.fused.pool import JudgedPool, Mask, PeopleRows
from arena.rating.counts import IntArray
from storage.ledger.battles import FloatArray


@dataclass(frozen=True, eq=False)
class Strata:
    """The stratum of each item and of each vote.

    Attributes:
        of_item: stratum of each item.
        of_vote: stratum of each vote.
        number: number of strata.
    """

    of_item: IntArray
    of_vote: IntArray
    number: int


def find_strata(people: PeopleRows, pool: JudgedPool, n_models: int) -> Strata:
    """The ordered pairs of first and second model, each split by the further code."""
    groups = 1 + max(int(pool.group.max(initial=0)), int(people.group.max(initial=0)))
    of_item = (pool.first.astype(np.int64) * n_models + pool.second) * groups + pool.group
    of_vote = (people.first.astype(np.int64) * n_models + people.second) * groups + people.group
    return Strata(of_item, of_vote, n_models * n_models * groups)


@dataclass(frozen=True, eq=False)
class Controls:
    """The controls of a fit, one column for each judge and feature.

    Attributes:
        strata: strata of items and votes.
        item: item of each vote; -1 for none.
        weight: weight of each vote.
        known: (n_items, n_columns) whether there is a value.
        centred: (n_items, n_columns) value minus the mean of its stratum; 0 where there is none.
        swollen: the same, enlarged by the root of N / (N - 1) for N items in the stratum, for variances.
        sizes: (n_strata, n_columns) number of items with a value.
        votes_per_item: number of votes on each item.
    """

    strata: Strata
    item: IntArray
    weight: FloatArray
    known: Mask
    centred: FloatArray
    swollen: FloatArray
    sizes: FloatArray
    votes_per_item: IntArray

    @cached_property
    def has_item(self) -> Mask:
        """Whether each vote is on an item of the pool."""
        return self.item >= 0

    @cached_property
    def of_votes(self) -> FloatArray:
        """(n_votes, n_columns) centred value of the item of each vote; 0 where there is none."""
        return self._at_votes(self.centred)

    @cached_property
    def vote_known(self) -> FloatArray:
        """(n_votes, n_columns) 1 where the item of the vote has a value, else 0."""
        return self._at_votes(self.known.astype(np.float64))

    def _at_votes(self, values: FloatArray) -> FloatArray:
        taken = np.zeros((len(self.item), values.shape[1]))
        taken[self.has_item] = values[self.item[self.has_item]]
        return taken

    def shares(self, shares: FloatArray) -> FloatArray:
        """(n_strata, n_columns) weight of one item in the mean over its stratum, times a share for each vote.

        Args:
            shares: (n_votes, n_columns) multiples of the controls that are subtracted, such as lambda.
        """
        weighted = shares * self.weight[:, None] * self.vote_known
        columns = [np.bincount(self.strata.of_vote, column, self.strata.number) for column in weighted.T]
        total = np.column_stack(columns) if columns else np.zeros((self.strata.number, 0))
        return np.divide(total, self.sizes, out=np.zeros_like(total), where=self.sizes > 0.0)

    def pulls(self, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Contribution of each vote, and of each item without a vote, to each control, times the shares.

        A vote counts with its weight, minus its part of the mean over all items; an item without a vote counts with
        minus its part. The sum over all rows is the control.

        Args:
            shares: (n_votes, n_columns) multiples of the controls.

        Returns:
            (n_votes, n_columns), and (n_items, n_columns) with zeros for items that have a vote.
        """
        each = self.shares(shares)
        per_item = each[self.strata.of_item] * self.swollen
        at_votes = self._at_votes(self.swollen)
        part = self._at_votes(per_item / np.maximum(self.votes_per_item, 1)[:, None])
        votes = shares * self.weight[:, None] * at_votes - part
        return votes, np.where((self.votes_per_item > 0)[:, None], 0.0, -per_item)

    def shift(self, shares: FloatArray) -> FloatArray:
        """Each vote's share of the controls, summed over the columns; (n_votes,)."""
        total: FloatArray = (shares * self.of_votes).sum(axis=1) * self.weight
        return total


def make_controls(people: PeopleRows, pool: JudgedPool, strata: Strata) -> Controls:
    """The controls of every column of the pool."""
    known = ~np.isnan(pool.values)
    filled = np.where(known, pool.values, 0.0)
    sizes, centred, swollen = [], [], []
    for column, has in zip(filled.T, known.T, strict=True):
        size = np.bincount(strata.of_item, has, strata.number).astype(np.float64)
        total = np.bincount(strata.of_item, column, strata.number)
        mean = np.divide(total, size, out=np.zeros_like(size), where=size > 0.0)
        rest = np.where(has, column - mean[strata.of_item], 0.0)
        of_item = size[strata.of_item]
        factor = np.sqrt(np.divide(of_item, of_item - 1.0, out=np.zeros_like(of_item), where=of_item > 1.0))
        sizes.append(size)
        centred.append(rest)
        swollen.append(rest * factor)
    shape = (len(pool), 0)
    return Controls(
        strata=strata,
        item=people.item,
        weight=people.weight,
        known=known,
        centred=np.column_stack(centred) if centred else np.zeros(shape),
        swollen=np.column_stack(swollen) if swollen else np.zeros(shape),
        sizes=np.column_stack(sizes) if sizes else np.zeros((strata.number, 0)),
        votes_per_item=np.bincount(people.item[people.item >= 0], minlength=len(pool)).astype(np.int64),
    )
