"""Battles as columns of integer codes: both models, outcome, rater and question, with their names.

This is the only input of a rating. Columns instead of a list of objects, because counting two million rows takes
milliseconds on integers and seconds on anything else.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from storage.errors import BadInput
from storage.spelling import clean_name
from storage.values import SCORES, Winner

CodeArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
IdArray = npt.NDArray[np.int64]

MODEL_A, MODEL_B, TIE, BOTH_BAD, FRACTIONAL = range(5)
"""Codes of `Battles.outcome`; `FRACTIONAL` is a judge's expected score."""

OUTCOME_CODES = {"model_a": MODEL_A, "model_b": MODEL_B, "tie": TIE, "both_bad": BOTH_BAD}
SCORE_OF_OUTCOME = np.array([SCORES[Winner(name)] for name in OUTCOME_CODES])


@dataclass(frozen=True, eq=False)
class Battles:
    """Votes or judgments, one per row of its columns, all of the same length.

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
        position: position in the ledger; online methods process the rows in this order.
        probability: probability with which the pair was drawn, NaN when unknown.
        response_a: id of A's response, -1 when unknown.
        response_b: id of B's response, -1 when unknown.
        time: time of the vote or judgment in seconds since 1970 UTC, NaN when unknown.
        counts: number of rows left out, by reason ("void", "excluded", "flagged", …).
        empty_losses: number of rows of the whole selection in which an empty response lost by a judge's rules.
        decisions: number of rows of the whole selection that are decisions of reviewers in the place of votes.
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
    response_a: IdArray
    response_b: IdArray
    time: FloatArray
    counts: dict[str, int] = field(default_factory=dict)
    empty_losses: int = 0
    decisions: int = 0

    def __post_init__(self) -> None:
        """Check lengths and ranges.

        Raises:
            BadInput: columns of different lengths, a code outside its range, or a score that does not match its
                outcome.
        """
        lengths = [len(getattr(self, name)) for name in COLUMNS]
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
        """The rows where `mask` is true; codes keep their meaning."""
        columns = {name: getattr(self, name)[mask] for name in COLUMNS}
        return replace(self, **columns, counts=dict(self.counts))

    @classmethod
    def empty(cls, models: Sequence[str] = ()) -> Self:
        """No rows, with these models."""
        return cls.from_rows([], models=models)

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[str, str, str | float]], *, models: Sequence[str] = ()) -> Self:
        """Battles from `(model_a, model_b, winner)` rows, without rater or question; positions are 1, 2, ….

        Args:
            rows: the winner is `model_a`, `model_b`, `tie`, `both_bad`, or A's expected score as a number; outer and
                zero-width spaces are no part of a name.
            models: names that get the first codes, in this order, whether or not they occur.

        Raises:
            BadInput: a blank name, an unknown winner, or a score outside [0, 1].
        """
        code = {name: index for index, name in enumerate(models)}
        for number, (left, right, _) in enumerate(rows, 1):
            for name in (left, right):
                try:
                    code.setdefault(clean_name(name), len(code))
                except BadInput as error:
                    raise BadInput(f"row {number}: {error}") from error
        outcome = np.array([_outcome_code(winner) for *_, winner in rows], np.int8)
        score = np.array([winner if not isinstance(winner, str) else np.nan for *_, winner in rows], np.float64)
        has_winner = outcome != FRACTIONAL
        score[has_winner] = SCORE_OF_OUTCOME[outcome[has_winner]]
        a = np.array([code[clean_name(left)] for left, _, _ in rows], np.int32)
        b = np.array([code[clean_name(right)] for _, right, _ in rows], np.int32)
        return cls.of_codes(tuple(code), a, b, outcome, score=score)

    @classmethod
    def of_codes(
        cls,
        models: tuple[str, ...],
        a: CodeArray,
        b: CodeArray,
        outcome: npt.NDArray[np.int8],
        *,
        score: FloatArray | None = None,
    ) -> Self:
        """Battles with models and outcomes only; positions are 1, 2, ….

        Args:
            models: names of the models.
            a: codes of the models shown left or first.
            b: codes of the other models.
            outcome: outcome codes.
            score: shares of A; needed only for expected scores of judges.
        """
        n = len(a)
        unknown = np.full(n, -1, np.int32)
        return cls(
            models=models,
            raters=(),
            questions=(),
            a=a,
            b=b,
            outcome=outcome,
            score=SCORE_OF_OUTCOME.take(outcome) if score is None else score,
            rater=unknown,
            question=unknown,
            position=np.arange(1, n + 1, dtype=np.int64),
            probability=np.full(n, np.nan),
            response_a=np.full(n, -1, np.int64),
            response_b=np.full(n, -1, np.int64),
            time=np.full(n, np.nan),
        )

    @classmethod
    def from_columns(cls, model_a: Iterable[str], model_b: Iterable[str], winner: Iterable[str]) -> Self:
        """Battles from columns of names, such as those of a data frame; models in alphabetical order.

        Two million rows take a tenth of a second when the columns are pandas or arrow strings.

        Args:
            model_a: names of the models shown left or first.
            model_b: names of the other models.
            winner: `model_a`, `model_b`, `tie` or `both_bad`.

        Raises:
            BadInput: a missing name or an unknown winner, with the number of its row, counted from 1.
        """
        named = {"model_a": model_a, "model_b": model_b, "winner": winner}
        with ThreadPoolExecutor(len(named)) as pool:  # encoding releases the interpreter's lock
            encoded = list(pool.map(_encode, named.keys(), named.values()))
        (left, left_codes), (right, right_codes), (words, word_codes) = encoded
        if len({len(left_codes), len(right_codes), len(word_codes)}) > 1:
            raise BadInput("expected three columns of one length; build them from the same rows")
        models = sorted({*left, *right})
        place = {name: code for code, name in enumerate(models)}
        outcomes = np.array([OUTCOME_CODES.get(word, -1) for word in words], np.int8)
        if (outcomes < 0).any():
            row = int(np.argmax(outcomes[word_codes] < 0))
            raise BadInput(
                f"expected a winner among {', '.join(OUTCOME_CODES)}, got {words[word_codes[row]]!r} in row {row + 1}"
            )
        return cls.of_codes(
            tuple(models),
            np.array([place[name] for name in left], np.int32)[left_codes],
            np.array([place[name] for name in right], np.int32)[right_codes],
            outcomes[word_codes],
        )


_NOT_COLUMNS = ("models", "raters", "questions", "counts", "empty_losses", "decisions")
COLUMNS = tuple(field.name for field in fields(Battles) if field.name not in _NOT_COLUMNS)
"""Names of the columns of `Battles`."""


def _encode(name: str, values: Iterable[str]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The distinct values of a column, and the index of each row's value."""
    try:
        column = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadInput(f"expected only texts in column {name!r}, got something else: {error}") from error
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if whole.null_count:
        row = int(np.argmax(whole.is_null().to_numpy(zero_copy_only=False)))
        raise BadInput(f"expected a value in every row of column {name!r}, got none in row {row + 1}; correct the row")
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    kind = coded.type.value_type
    if len(whole) and not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise BadInput(f"expected texts in column {name!r}, got {kind}; convert it to text")
    words, codes = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    blank = np.array([name != "winner" and not word.strip() for word in words], np.bool_)
    if blank.any() and blank[codes].any():
        row = int(np.argmax(blank[codes]))
        raise BadInput(f"expected a value in every row of column {name!r}, got none in row {row + 1}; correct the row")
    return [word if name == "winner" else clean_name(word) for word in words], codes


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
