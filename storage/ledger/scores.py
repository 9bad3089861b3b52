"""Read scores of single responses as columns: model, rater, question and dimension.

The counterpart of `storage.ledger.battles.Battles` for satisfaction scores.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select, case, func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Satisfaction
from storage.database.tables import Ballot, Question, Rater
from storage.errors import BadInput
from storage.ledger import chain, standing
from storage.ledger.battle_reading import (
    Selection,
    in_window,
    leave_out,
    questions_asked,
    raters_named,
    untimed,
)
from storage.ledger.battles import CodeArray, FloatArray
from storage.ledger.entries import SPECIAL_CODES, seconds, special_code
from storage.ledger.ratings import FLAGGED
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import read_model_names
from storage.questions.names import question_names, rater_names, unknown_ids
from storage.values import RaterKind, ScoreState, SpecialDraw


class UnjudgedResponse(NamedTuple):
    """A response that a rater could not judge: names of its model and of the dimension, and the question's key."""

    model: str
    question: str
    dimension: str


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of single responses, one per row of its columns, all of the same length.

    Attributes:
        models: model names; `model` is an index into it.
        raters: rater names, for `rater`.
        questions: question keys, for `question`.
        dimensions: names of the dimensions, for `dimension`.
        model: index into `models`: the model of the response.
        value: score as a share of its scale: 0 at the lower end, 1 at the upper end.
        rater: index into `raters`, -1 when unknown.
        question: index into `questions`, -1 when unknown.
        dimension: index into `dimensions`.
        position: position in the ledger.
        scales: lower and upper end of every scale that occurs.
        counts: number of rows left out, by reason ("cannot_judge", "void", …).
        unjudged: one entry for each row with "cannot judge".
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
    unjudged: tuple[UnjudgedResponse, ...] = ()

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


_SCORE = table_of(Satisfaction)
_RATER, _QUESTION, _BALLOT = table_of(Rater), table_of(Question), table_of(Ballot)

IdArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SCORED, _CANNOT_JUDGE, _FAILED, _UNDONE = 0, 1, 2, 3


def read_scores(session: Session, selection: Selection) -> Scores:
    """The scores of a selection as shares of their scales.

    Rows that were changed, voided, excluded, flagged, not judged or failed are in `counts` by reason.

    Raises:
        NotFound: no rater has a name of the selection.
    """
    up_to = selection.position if selection.position is not None else chain.head(session)[0]
    stored = _read(session, selection, up_to)
    usable, unjudged, counts = _usable(session, selection, stored, up_to)
    kept = np.flatnonzero(usable)
    known = read_model_names(session, up_to)
    owners = np.array([known.standing[identity] for identity in stored.model.tolist()], np.int64)
    keys = question_names(session)
    models, model_codes = _named(owners[kept], known.names)
    raters, rater_codes = _named(stored.rater[kept], rater_names(session))
    questions, question_codes = _named(stored.question[kept], keys)
    rater_codes[np.isin(stored.rater[kept], unknown_ids(session, _RATER))] = -1
    question_codes[np.isin(stored.question[kept], unknown_ids(session, _QUESTION))] = -1
    names = sorted({stored.dimension[row] for row in kept})
    place = {name: code for code, name in enumerate(names)}
    low, high = stored.low[kept], stored.high[kept]
    return Scores(
        models=models,
        raters=raters,
        questions=questions,
        dimensions=tuple(names),
        model=model_codes,
        value=(stored.score[kept] - low) / (high - low),
        rater=rater_codes,
        question=question_codes,
        dimension=np.array([place[stored.dimension[row]] for row in kept], np.int32),
        position=stored.position[kept],
        scales=tuple(sorted(set(zip(low.tolist(), high.tolist(), strict=True)))),
        counts=counts,
        unjudged=tuple(
            UnjudgedResponse(known.names[int(owners[row])], keys[int(stored.question[row])], stored.dimension[row])
            for row in np.flatnonzero(unjudged)
        ),
    )


def score_dimensions(session: Session, kind: RaterKind) -> list[str]:
    """The dimensions on which raters of a kind have given scores, in alphabetical order; empty without a score."""
    given = select(_SCORE.c.dimension).join(_RATER, _RATER.c.id == _SCORE.c.rater_id)
    found = session.execute(given.where(_RATER.c.kind == kind, _SCORE.c.state == ScoreState.scored).distinct())
    return sorted(found.scalars())


@dataclass(frozen=True, eq=False)
class _StoredScores:
    """Rows of scores as columns of one length; ids are those of the store."""

    position: IdArray
    model: IdArray
    rater: IdArray
    question: IdArray
    state: IdArray
    score: FloatArray
    low: FloatArray
    high: FloatArray
    time: FloatArray
    flagged: Mask
    special: IdArray
    dimension: list[str]


def _read(session: Session, selection: Selection, up_to: int) -> _StoredScores:
    rows = session.execute(_rows(session, selection, up_to)).all()
    table = np.array([row[:11] for row in rows], np.float64).reshape(len(rows), 11)
    position, model, rater, question, state = table[:, :5].astype(np.int64).T
    score, low, high, time, flagged, special = table[:, 5:].T
    names = [str(row[11]) for row in rows]
    return _StoredScores(
        position, model, rater, question, state, score, low, high, time, flagged > 0, special.astype(np.int64), names
    )


def _usable(
    session: Session, selection: Selection, stored: _StoredScores, up_to: int
) -> tuple[Mask, Mask, dict[str, int]]:
    """Masks of the rows that count and of those that a rater could not judge, and the others by reason."""
    position, state = stored.position, stored.state
    usable = _in_scope(session, selection, stored.rater, stored.question) & in_window(selection, stored.time)
    if selection.dimension is not None:
        usable &= np.array([name == selection.dimension for name in stored.dimension], np.bool_)
    excluded = {
        name: _found(session, standing.excluded(EXCLUSION.c[f"{name}_id"], up_to)) for name in ("rater", "question")
    }
    replaced = np.isin(position, _found(session, standing.superseded(_SCORE, up_to)))
    reasons = {
        "superseded": replaced | (state == _UNDONE),
        "void": np.isin(position, _found(session, standing.voided(up_to))),
        "flagged": stored.flagged & (not selection.flagged),
        "gold": (stored.special == SPECIAL_CODES[SpecialDraw.gold]) & (not selection.gold),
        "onboarding": stored.special == SPECIAL_CODES[SpecialDraw.onboarding],
        "repeated": stored.special == SPECIAL_CODES[SpecialDraw.repeat],
        "failed": state == _FAILED,
        "excluded": np.isin(stored.rater, excluded["rater"]),
        "excluded_question": np.isin(stored.question, excluded["question"]),
    }
    counts = leave_out(usable, reasons | untimed(selection, stored.time))
    unjudged = usable & (state == _CANNOT_JUDGE)
    return usable, unjudged, counts | leave_out(usable, {"cannot_judge": unjudged.copy()})


def _rows(session: Session, selection: Selection, up_to: int) -> Select[Any]:
    rows = _SCORE
    codes = {ScoreState.scored: _SCORED, ScoreState.cannot_judge: _CANNOT_JUDGE, ScoreState.undone: _UNDONE}
    state = case(*((rows.c.state == word, code) for word, code in codes.items()), else_=_FAILED)
    is_flagged = (_RATER.c.kind == RaterKind.human) & rows.c.cause.startswith(FLAGGED)
    chosen = (
        select(
            rows.c.position,
            rows.c.model_id,
            rows.c.rater_id,
            rows.c.question_id,
            state,
            func.coalesce(rows.c.score, rows.c.scale_low),
            rows.c.scale_low,
            rows.c.scale_high,
            seconds(session, rows.c.created_at),
            case((is_flagged, 1), else_=0),
            special_code(rows),
            rows.c.dimension,
        )
        .select_from(
            rows.join(_RATER, _RATER.c.id == rows.c.rater_id).outerjoin(_BALLOT, _BALLOT.c.id == rows.c.ballot_id)
        )
        .where(rows.c.position <= up_to, _RATER.c.kind == selection.kind)
        .order_by(rows.c.position)
    )
    if selection.rater_source is not None:
        chosen = chosen.where(_RATER.c.source == selection.rater_source)
    if selection.campaign is not None:
        ballots = select(_BALLOT.c.id).where(_BALLOT.c.campaign_id == selection.campaign)
        chosen = chosen.where(rows.c.ballot_id.in_(ballots))
    return chosen


def _in_scope(session: Session, selection: Selection, rater: IdArray, question: IdArray) -> Mask:
    mask = np.ones(len(rater), np.bool_)
    if (questions := questions_asked(selection)) is not None:
        mask &= np.isin(question, session.execute(questions).scalars().all())
    names = (*selection.raters, *([] if selection.rater is None else [selection.rater]))
    if names:
        mask &= np.isin(rater, raters_named(session, selection.kind, names))
    return mask


def _found(session: Session, ids: Select[tuple[int]]) -> list[int]:
    return list(session.execute(ids).scalars())


def _named(ids: IdArray, names: dict[int, str]) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """The names that occur, in alphabetical order, and each row's place among them."""
    present, inverse = np.unique(ids, return_inverse=True)
    labels = [names[int(identity)] for identity in present]
    order = sorted(range(len(labels)), key=labels.__getitem__)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return tuple(labels[code] for code in order), place[inverse].astype(np.int32)
