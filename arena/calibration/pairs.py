"""Pairs that both a judge and people rated, one row per vote."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from storage.ledger.battles import FloatArray, IdArray


@dataclass(frozen=True, eq=False)
class CalibrationPairs:
    """Votes on pairs that a judge rated; one entry per vote.

    Attributes:
        people: share of the point for the first model by the person, 0, 0.5 or 1.
        judge: the same by the judge, averaged over its orders, 0 to 1.
        left: whether the first model was shown left to the person.
        question: code of the question.
        category: code of the category.
        first: code of the first model.
        second: code of the second model.
        length: difference of the lengths of the two responses as a share of their sum, from -1 to 1; NaN if unknown.
    """

    people: FloatArray
    judge: FloatArray
    left: npt.NDArray[np.bool_]
    question: IdArray
    category: IdArray
    first: IdArray
    second: IdArray
    length: FloatArray

    def __len__(self) -> int:
        """Number of votes."""
        return len(self.people)

    def keep(self, rows: npt.NDArray[np.bool_]) -> "CalibrationPairs":
        """The votes where the mask is true."""
        return CalibrationPairs(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """All pairs that a judge rated; one entry per pair.

    Attributes:
        judge: share of the point for the first model, averaged over the orders.
        question: code of the question, as for votes.
        first: code of the first model.
        second: code of the second model.
    """

    judge: FloatArray
    question: IdArray
    first: IdArray
    second: IdArray
