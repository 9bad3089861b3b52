"""Battles as columns: who met whom, who won, who judged, as integer codes with their vocabularies.

This is the only input of a rating. Columns rather than a list of objects, because counting two million rows
takes milliseconds on integers and seconds on anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from storage.errors import BadInput
from storage.values import SCORES, Winner

CodeArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]

MODEL_A, MODEL_B, TIE, BOTH_BAD, FRACTIONAL = range(5)
"""Codes of `Battles.outcome`; `FRACTIONAL` is a judge's expected score."""

OUTCOME_CODES = {"model_a": MODEL_A, "model_b": MODEL_B, "tie": TIE, "both_bad": BOTH_BAD}
SCORE_OF_OUTCOME = np.array([SCORES[Winner(name)] for name in OUTCOME_CODES])


@dataclass(frozen=True, eq=False)
class Battles:
    """Pairwise verdicts, one per row of its columns, all of the same length.

    Attributes:
        models: model names; `a` and `b` are indices into it. A model may have no battle.
        raters: rater names, for `rater`.
        questions: question keys, for `question`.
        a: the side shown left or first.
        b: the other side. A row with `a == b` is allowed here and left out, counted, by every rating.
        outcome: `MODEL_A`, `MODEL_B`, `TIE`, `BOTH_BAD` or `FRACTIONAL`.
        score: A's share in [0, 1]: 1, 0, 0.5, 0.5, or the expected score of a judge.
        rater: index into `raters`, -1 when unknown.
        question: index into `questions`, -1 when unknown.
        position: position in the ledger; online methods follow it.
        probability: probability with which the pair was drawn, NaN when unknown.
        counts: rows that were not used, by reason ("void", "excluded", "flagged", …).
    """

    models: tuple[str, ...]
    raters: tuple[str, ...]
    questions: tuple[str, ...]
    a: CodeArray
    b: CodeArray
    outcome: npt.NDArray[np.int8]
    score: FloatArray
    rater: CodeArray
    question: CodeArray
    position: npt.NDArray[np.int64]
    probability: FloatArray
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check lengths and ranges.

        Raises:
            BadInput: columns of different lengths, a code outside its vocabulary, or a score that does not
                belong to its outcome.
        """
        columns = (self.a, self.b, self.outcome, self.score, self.rater, self.question, self.position, self.probability)
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise BadInput(f"expected battle columns of one length, got {lengths!r}; build them from the same rows")
        _check_codes("a", self.a, 0, len(self.models))
        _check_codes("b", self.b, 0, len(self.models))
        _check_codes("outcome", self.outcome, MODEL_A, FRACTIONAL + 1)
        _check_codes("rater", self.rater, -1, len(self.raters))
        _check_codes("question", self.question, -1, len(self.questions))
        _check_scores(self.outcome, self.score)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.a)

    def subset(self, mask: npt.NDArray[np.bool_]) -> Self:
        """The rows where `mask` is true, with the same vocabularies, so that codes keep their meaning."""
        return type(self)(
            models=self.models,
            raters=self.raters,
            questions=self.questions,
            a=self.a[mask],
            b=self.b[mask],
            outcome=self.outcome[mask],
            score=self.score[mask],
            rater=self.rater[mask],
            question=self.question[mask],
            position=self.position[mask],
            probability=self.probability[mask],
            counts=dict(self.counts),
        )

    @classmethod
    def empty(cls, models: Sequence[str] = ()) -> Self:
        """No rows, over these models."""
        return cls.from_rows([], models=models)

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[str, str, str | float]], *, models: Sequence[str] = ()) -> Self:
        """Battles from `(model_a, model_b, winner)` rows, without rater or question; positions are 1, 2, ….

        Args:
            rows: the winner is `model_a`, `model_b`, `tie`, `both_bad`, or A's expected score as a number.
            models: names that come first in the vocabulary, in this order, whether or not they occur.

        Raises:
            BadInput: an unknown winner, or a score outside [0, 1].
        """
        code = {name: index for index, name in enumerate(models)}
        for left, right, _ in rows:
            code.setdefault(left, len(code))
            code.setdefault(right, len(code))
        outcome = np.array([_outcome_code(winner) for *_, winner in rows], np.int8)
        score = np.array([winner if not isinstance(winner, str) else np.nan for *_, winner in rows], np.float64)
        verdict = outcome != FRACTIONAL
        score[verdict] = SCORE_OF_OUTCOME[outcome[verdict]]
        return cls(
            models=tuple(code),
            raters=(),
            questions=(),
            a=np.array([code[left] for left, _, _ in rows], np.int32),
            b=np.array([code[right] for _, right, _ in rows], np.int32),
            outcome=outcome,
            score=score,
            rater=np.full(len(rows), -1, np.int32),
            question=np.full(len(rows), -1, np.int32),
            position=np.arange(1, len(rows) + 1, dtype=np.int64),
            probability=np.full(len(rows), np.nan),
        )


def _outcome_code(winner: str | float) -> int:
    if not isinstance(winner, str):
        return FRACTIONAL
    if winner not in OUTCOME_CODES:
        raise BadInput(f"expected a winner among {', '.join(OUTCOME_CODES)}, got {winner!r}; correct the row")
    return OUTCOME_CODES[winner]


def _check_codes(name: str, codes: npt.NDArray[np.signedinteger], low: int, end: int) -> None:
    if codes.size and (int(codes.min()) < low or int(codes.max()) >= end):
        raise BadInput(
            f"expected codes of column {name!r} from {low} to {end - 1}, "
            f"got {int(codes.min())} to {int(codes.max())}; rebuild the column with its vocabulary"
        )


def _check_scores(outcome: npt.NDArray[np.int8], score: FloatArray) -> None:
    in_range = (score >= 0.0) & (score <= 1.0)
    if not in_range.all():
        row = int(np.argmin(in_range))
        raise BadInput(f"expected scores from 0 to 1, got {float(score[row])!r} in row {row}; correct the score")
    expected = np.append(SCORE_OF_OUTCOME, np.nan).take(outcome)
    wrong = (score != expected) & (outcome != FRACTIONAL)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadInput(
            f"expected score {float(expected[row])!r} for outcome code {int(outcome[row])}, "
            f"got {float(score[row])!r} in row {row}; derive the score from the outcome"
        )
