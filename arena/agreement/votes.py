"""Preferences of all raters, the votes of people and the judgments of judges, aligned by item.

An item is one pair of responses to one question, at one turn. Sides are swapped so that all preferences on an item
refer to the same first model. Which of the two models that is has no meaning, and no statistic depends on it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from storage.ledger.battles import FloatArray, IdArray
from storage.ledger.entries import FAILED, INCONSISTENT
from storage.ledger.pair_votes import PairVotes
from storage.values import RaterKind

FIRST, TIE, SECOND, NO_ORDER, NO_VERDICT = range(5)
"""Preferred model of an item, where a both-bad vote is a tie; `NO_ORDER` is an inconsistent judgment, and `NO_VERDICT`
a failed one. Neither is a tie: the one depends on the order in which the responses were shown, the other is missing."""

MIRRORED = [SECOND, TIE, FIRST, NO_ORDER, NO_VERDICT]
"""The same preferences with the two models swapped."""

UNKNOWN_RATER = "(unknown)"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AlignedRatings:
    """Preferences of all raters, one per row; all columns have the same length.

    Attributes:
        raters: names of the raters; one name stands for all unknown raters.
        is_judge: whether each rater is a judge, (n_raters,).
        questions: names of the questions.
        item: code of the item.
        rater: index into `raters`.
        preference: `FIRST`, `TIE`, `SECOND`, `NO_ORDER` or `NO_VERDICT`.
        share: share of the point for the first model of the item, in [0, 1]; NaN for `NO_ORDER` and `NO_VERDICT`.
        question: index into `questions`.
        position: ledger position.
        left: whether the first model of the item was shown left.
        response_first: id of the response of the first model; -1 if unknown.
        response_second: id of the response of the second model; -1 if unknown.
        left_out: number of preferences that could not be used, by reason.
    """

    raters: tuple[str, ...]
    is_judge: Mask
    questions: tuple[str, ...]
    item: IdArray
    rater: IdArray
    preference: IdArray
    share: FloatArray
    question: IdArray
    position: IdArray
    left: Mask
    response_first: IdArray
    response_second: IdArray
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of preferences."""
        return len(self.item)

    @cached_property
    def is_last(self) -> Mask:
        """Whether each preference is the last of its rater on its item; a failed judgment is one only if all are."""
        order = np.lexsort((self.position, self.preference != NO_VERDICT))[::-1]
        key = self.item * len(self.raters) + self.rater
        last = np.zeros(len(self), np.bool_)
        last[order[~pd.Series(key[order]).duplicated().to_numpy()]] = True
        return last

    def keep(self, rows: Mask) -> "AlignedRatings":
        """The preferences where the mask is true; items are renumbered, other codes keep their meaning."""
        kept = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return replace(self, **kept | {"item": pd.factorize(kept["item"])[0].astype(np.int64)})

    @property
    def is_known(self) -> Mask:
        """Whether each rater is a known person or judge, (n_raters,)."""
        return np.array([name != UNKNOWN_RATER for name in self.raters], np.bool_)


_COLUMNS = (
    "item",
    "rater",
    "preference",
    "share",
    "question",
    "position",
    "left",
    "response_first",
    "response_second",
)


def line_up(parts: Sequence[PairVotes]) -> AlignedRatings:
    """Align the preferences of people and of judges in one set of columns.

    Preferences on unknown questions and pairs of a model with itself are left out and counted; failed judgments are
    counted too, and kept in a state of their own.
    """
    raters = tuple(dict.fromkeys((part.kind, name) for part in parts for name in (*part.battles.raters, UNKNOWN_RATER)))
    questions = tuple(sorted({name for part in parts for name in part.battles.questions}))
    models = sorted({name for part in parts for name in part.battles.models})
    left_out: Counter[str] = Counter()
    columns, shares = [], [np.empty(0)]
    for part in parts:
        rows, share, reasons = _columns(part, raters, questions, models)
        left_out.update(part.battles.counts)
        left_out.update(reasons)
        columns.append(rows)
        shares.append(share)
    merged = np.concatenate(columns) if columns else np.empty((0, _WIDTH), np.int64)
    first_model, second_model, turn, question = merged[:, 6], merged[:, 7], merged[:, 8], merged[:, 2]
    base = equal_rows(np.column_stack([question, first_model, second_model, turn]))
    return AlignedRatings(
        raters=tuple(name for _, name in raters),
        is_judge=np.array([kind is RaterKind.judge for kind, _ in raters], np.bool_),
        questions=questions,
        item=split_by_responses(base, merged[:, 4:6]),
        rater=merged[:, 0],
        preference=merged[:, 1],
        share=np.concatenate(shares),
        question=question,
        position=merged[:, 9],
        left=merged[:, 3] > 0,
        response_first=merged[:, 4],
        response_second=merged[:, 5],
        left_out={reason: number for reason, number in left_out.items() if number},
    )


def preferred_models(share: FloatArray) -> IdArray:
    """`FIRST` where the first model gets more than half a point, `SECOND` where less, `TIE` at half a point."""
    return np.where(share > 0.5, FIRST, np.where(share < 0.5, SECOND, TIE)).astype(np.int64)


def split_by_responses(base: IdArray, responses: IdArray) -> IdArray:
    """Split the items of which several responses, or pairs of responses, are known, such as several samples.

    Args:
        base: (n_rows,) items before the split.
        responses: (n_rows, n_responses) ids; 0 or less if unknown.
    """
    known = (responses > 0).all(axis=1)
    pair = np.where(known, equal_rows(responses) + 1, 0)
    different = np.unique(np.column_stack([base, pair])[known], axis=0)
    times = np.bincount(different[:, 0], minlength=int(base.max(initial=-1)) + 1)
    return equal_rows(np.column_stack([base, np.where(times[base] > 1, pair, 0)])) if len(base) else base


def equal_rows(rows: IdArray) -> IdArray:
    """Codes from zero for the rows of (n_rows, n_columns), in order of appearance; equal rows get equal codes."""
    codes = np.zeros(len(rows), np.int64)
    for column in rows.T:
        place, known = pd.factorize(column)
        codes = pd.factorize(codes * np.int64(max(len(known), 1)) + place)[0].astype(np.int64)
    return codes


_WIDTH = 10


def _columns(
    part: PairVotes, raters: Sequence[tuple[RaterKind, str]], questions: Sequence[str], models: Sequence[str]
) -> tuple[IdArray, FloatArray, dict[str, int]]:
    """Usable rows of one kind of rater in the column order of `line_up`, their shares, and the others by reason."""
    battles = part.battles
    rater_place = {one: code for code, one in enumerate(raters)}
    question_place = {name: code for code, name in enumerate(questions)}
    model_place = {name: code for code, name in enumerate(models)}
    rater = placed([rater_place[part.kind, name] for name in battles.raters], battles.rater)
    rater[rater < 0] = rater_place[part.kind, UNKNOWN_RATER]
    question = placed([question_place[name] for name in battles.questions], battles.question)
    model = [model_place[name] for name in battles.models]
    a, b = placed(model, battles.a), placed(model, battles.b)
    left = a < b
    share = np.where(left, battles.score, 1.0 - battles.score)
    is_failed, is_inconsistent = part.state == FAILED, part.state == INCONSISTENT
    preference = np.select([is_failed, is_inconsistent], [NO_VERDICT, NO_ORDER], preferred_models(share))
    share[is_failed | is_inconsistent] = np.nan
    usable = np.ones(len(battles), np.bool_)
    reasons = {"failed": int(is_failed.sum())}
    for name, rows in (("unknown_question", question < 0), ("same_model", a == b)):
        reasons[name] = int((usable & rows).sum())
        usable &= ~rows
    shown_a, shown_b = battles.response_a, battles.response_b
    responses = (np.where(left, shown_a, shown_b), np.where(left, shown_b, shown_a))
    models_of = (np.minimum(a, b), np.maximum(a, b))
    rows = (rater, preference, question, left, *responses, *models_of, part.turn, battles.position)
    return np.column_stack(rows).astype(np.int64)[usable], share[usable], reasons


def placed(places: Sequence[int], codes: npt.NDArray[np.int32]) -> IdArray:
    """The place of each code, -1 for an unknown one."""
    return np.array([*places, -1], np.int64)[codes]
