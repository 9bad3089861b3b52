"""Scores of single responses as columns: who was scored, by whom, on which question.

The counterpart of `Battles` for satisfaction.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from storage.battles import CodeArray, FloatArray
from storage.errors import BadInput


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of single responses, one per row of its columns, all of the same length.

    Attributes:
        models: model names; `model` is an index into it.
        raters: rater names, for `rater`.
        questions: question keys, for `question`.
        dimensions: names of what was scored, for `dimension`.
        model: whose response it is.
        value: the score as a share of its scale: 0 at the lower end, 1 at the upper end.
        rater: index into `raters`, -1 when unknown.
        question: index into `questions`, -1 when unknown.
        dimension: index into `dimensions`.
        position: position in the ledger.
        scales: the lowest and highest score of every scale that occurs, as given.
        counts: rows that were not used, by reason ("cannot_judge", "void", …).
    """

    models: tuple[str, ...]
    raters: tuple[str, ...]
    questions: tuple[str, ...]
    dimensions: tuple[str, ...]
    model: CodeArray
    value: FloatArray
    rater: CodeArray
    question: CodeArray
    dimension: CodeArray
    position: npt.NDArray[np.int64]
    scales: tuple[tuple[float, float], ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check ranges.

        Raises:
            BadInput: columns of different lengths, or a value outside [0, 1].
        """
        columns = (self.model, self.value, self.rater, self.question, self.dimension, self.position)
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise BadInput(f"expected score columns of one length, got {lengths!r}; build them from the same rows")
        outside = ~((self.value >= 0.0) & (self.value <= 1.0))
        if outside.any():
            row = int(np.argmax(outside))
            raise BadInput(f"expected scores from 0 to 1 of their scale, got {float(self.value[row])!r} in row {row}")

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.model)
