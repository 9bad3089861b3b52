"""Scores of single responses by all raters, people and judges, aligned by response and dimension."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.agreement.score_agreement import ScoreColumns
from arena.agreement.votes import UNKNOWN_RATER, Mask, equal_rows, placed, split_by_responses
from storage.ledger.battles import IdArray
from storage.ledger.pair_votes import ScoreDetails
from storage.ledger.scores import Scores
from storage.values import RaterKind


@dataclass(frozen=True, eq=False)
class AlignedScores:
    """Scores of all raters.

    Attributes:
        raters: names of the raters, for the codes in `columns`.
        is_judge: whether each rater is a judge, (n_raters,).
        dimensions: names of the dimensions.
        dimension: index into `dimensions` of each score.
        columns: the scores, as shares of their scales.
        left_out: number of scores that could not be used, by reason.
    """

    raters: tuple[str, ...]
    is_judge: Mask
    dimensions: tuple[str, ...]
    dimension: IdArray
    columns: ScoreColumns
    left_out: dict[str, int]

    @property
    def is_known(self) -> Mask:
        """Whether each rater is a known person or judge, (n_raters,)."""
        return np.array([name != UNKNOWN_RATER for name in self.raters], np.bool_)


def line_up_scores(parts: Sequence[tuple[RaterKind, Scores]], details: ScoreDetails) -> AlignedScores:
    """Align the scores of people and judges in one set of columns; those on unknown questions are left out, counted."""
    raters = tuple(dict.fromkeys((kind, name) for kind, one in parts for name in (*one.raters, UNKNOWN_RATER)))
    questions, models, dimensions = (
        {name: code for code, name in enumerate(sorted({name for _, one in parts for name in getattr(one, kind)}))}
        for kind in ("questions", "models", "dimensions")
    )
    place = {one: code for code, one in enumerate(raters)}
    left_out: Counter[str] = Counter()
    columns, values = [np.empty((0, 5), np.int64)], [np.empty(0)]
    for kind, one in parts:
        left_out.update(one.counts)
        rater = placed([place[kind, name] for name in one.raters], one.rater)
        rater[rater < 0] = place[kind, UNKNOWN_RATER]
        question = placed([questions[name] for name in one.questions], one.question)
        model = placed([models[name] for name in one.models], one.model)
        dimension = placed([dimensions[name] for name in one.dimensions], one.dimension)
        usable = question >= 0
        left_out["unknown_question"] += int((~usable).sum())
        columns.append(np.column_stack([rater, question, model, dimension, one.position])[usable].astype(np.int64))
        values.append(one.value[usable])
    rows = np.concatenate(columns)
    at = np.searchsorted(details.position, rows[:, 4])
    base = equal_rows(np.column_stack([rows[:, 1:4], details.turn[at]]))
    return AlignedScores(
        raters=tuple(name for _, name in raters),
        is_judge=np.array([kind is RaterKind.judge for kind, _ in raters], np.bool_),
        dimensions=tuple(dimensions),
        dimension=rows[:, 3],
        columns=ScoreColumns(
            item=split_by_responses(base, details.response[at][:, None]),
            rater=rows[:, 0],
            value=np.concatenate(values),
            question=rows[:, 1],
            position=rows[:, 4],
        ),
        left_out={reason: number for reason, number in left_out.items() if number},
    )
