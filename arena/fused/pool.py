"""The pool of judged items, and the votes of people on some of them: the input of a fused fit.

An item is what a judge and a person can both rate: a pair of responses to one question, or one response. A stratum is
a set of items that are compared with each other only: the pairs of two models, or the responses of one model.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arena.rating.counts import IntArray
from storage.ledger.battles import CodeArray, FloatArray

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JudgedPool:
    """Items with a judgment; all arrays have one entry, or one row, per item.

    Attributes:
        names: name of each column of `values`: the judges, then features such as `length`.
        n_judges: number of columns that are judges; they come first.
        first: code of the first model.
        second: code of the second model; equal to `first` for single responses.
        question: code of the question; -1 if unknown.
        group: further code of the stratum, such as the dimension of a score; 0 for pairs.
        values: (n_items, n_columns); a judge's share of the point for the first model, or its score as a share of the
            scale, averaged over the orders in which it was asked; NaN where it gave none. A feature is any number
            that is known without a vote, and changes its sign with the two models.
    """

    names: tuple[str, ...]
    n_judges: int
    first: CodeArray
    second: CodeArray
    question: CodeArray
    group: CodeArray
    values: FloatArray

    def __len__(self) -> int:
        """Number of items."""
        return len(self.first)

    def columns(self, chosen: Mask) -> "JudgedPool":
        """The same items with some of the columns."""
        names = tuple(name for name, keep in zip(self.names, chosen, strict=True) if keep)
        n_judges = int(chosen[: self.n_judges].sum())
        return replace(self, names=names, n_judges=n_judges, values=self.values[:, chosen])


@dataclass(frozen=True, eq=False)
class PeopleRows:
    """Votes, or scores, of people; all arrays have one entry per vote.

    Attributes:
        first: code of the first model, which is the first one of the item if there is an item.
        second: code of the second model; equal to `first` for single responses.
        share: share of the point for the first model, or the score as a share of the scale, 0 to 1.
        item: item in the pool; -1 for one without a judgment.
        rater: code of the rater; -1 if unknown.
        question: code of the question, as in the pool; -1 if unknown.
        group: further code of the stratum, as in the pool.
        weight: inverse of the probability with which the item was drawn, with mean one.
        probability: probability with which the item was drawn; NaN if unknown.
        left: whether the first model was shown left; without meaning for single responses.
    """

    first: CodeArray
    second: CodeArray
    share: FloatArray
    item: IntArray
    rater: CodeArray
    question: CodeArray
    group: CodeArray
    weight: FloatArray
    probability: FloatArray
    left: Mask

    def __len__(self) -> int:
        """Number of votes."""
        return len(self.first)

    def keep(self, rows: Mask) -> "PeopleRows":
        """The votes where the mask is true."""
        return PeopleRows(
            first=self.first[rows],
            second=self.second[rows],
            share=self.share[rows],
            item=self.item[rows],
            rater=self.rater[rows],
            question=self.question[rows],
            group=self.group[rows],
            weight=self.weight[rows],
            probability=self.probability[rows],
            left=self.left[rows],
        )
