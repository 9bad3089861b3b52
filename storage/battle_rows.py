"""Read verdicts out of the store as battle columns, and count by reason every row that stays out.

A board is of one kind of rater. Superseded, undone, void, excluded, flagged, inconsistent and failed rows are
different things; each is counted under its own name and none becomes a tie.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, Table, case, func, literal, select
from sqlmodel import Session

from storage import ledger
from storage.battles import FRACTIONAL, OUTCOME_CODES, SCORE_OF_OUTCOME, Battles
from storage.columns import table_of
from storage.errors import NotFound
from storage.ledger_tables import Exclusion, Judgement, Preference, Void
from storage.preferences import standing_exclusions
from storage.tables import Account, Ballot, Model, Question, Rater
from storage.values import UNKNOWN_KEY, JudgementState, RaterKind

_PREFERENCE, _JUDGEMENT = table_of(Preference), table_of(Judgement)
_EXCLUSION, _VOID = table_of(Exclusion), table_of(Void)
_MODEL, _QUESTION, _RATER = table_of(Model), table_of(Question), table_of(Rater)
_ACCOUNT, _BALLOT = table_of(Account), table_of(Ballot)

_NO_VERDICT: Final = -1
_INCONSISTENT: Final = -2
_FAILED: Final = -3
_CHUNK = 50_000

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """Which verdicts a board is made of.

    Attributes:
        kind: people's or judges' verdicts; never both.
        rater: only this rater: a key, a sign-in name or a judge's name.
        category: only questions of this category.
        language: only questions in this language.
        source: only questions of this source.
        campaign: only ballots of the campaign with this id; leaves imported verdicts out.
        flagged: keep the verdicts whose rater reported the pair as broken.
        not_blind: keep imported verdicts that were given with the names in view.
        position: only what the ledger held at this position; None for all.
    """

    kind: RaterKind = RaterKind.human
    rater: str | None = None
    category: str | None = None
    language: str | None = None
    source: str | None = None
    campaign: int | None = None
    flagged: bool = False
    not_blind: bool = False
    position: int | None = None


def read_battles(session: Session, selection: Selection) -> Battles:
    """The verdicts of a selection as columns; rows that do not count stand in `counts` by reason.

    Raises:
        NotFound: no rater has the name that was asked for.
    """
    up_to = selection.position if selection.position is not None else ledger.head(session)[0]
    human = selection.kind is RaterKind.human
    columns = _fetch(session, _human_rows(up_to) if human else _judge_rows(up_to), n_columns=12)
    (position, a, b, code, rater, question, supersedes, flagged, seen_names, campaign, probability, score) = columns
    usable = _in_scope(session, selection, rater=rater, question=question, campaign=campaign)
    superseded = np.isin(position, supersedes[supersedes > 0])
    undone = (code == _NO_VERDICT) & ~superseded
    usable &= code != _NO_VERDICT
    reasons = {
        "undone": np.isin(position, supersedes[undone]),
        "superseded": superseded,
        "inconsistent": code == _INCONSISTENT,
        "failed": code == _FAILED,
        "void": np.isin(position, _voids(session, up_to)),
        "excluded": np.isin(rater, _left_out(session, _EXCLUSION.c.rater_id, up_to)),
        "excluded_question": np.isin(question, _left_out(session, _EXCLUSION.c.question_id, up_to)),
        "flagged": (flagged > 0) & (not selection.flagged),
        "not_blind": (seen_names > 0) & (not selection.not_blind),
    }
    counts = _leave_out(usable, reasons)
    rows = np.flatnonzero(usable)
    outcome = code[rows].astype(np.int8)
    models, a_codes, b_codes = _pair_codes(session, a[rows], b[rows])
    raters, rater_codes = _codes(rater[rows], _rater_names(session))
    questions, question_codes = _codes(question[rows], _question_names(session))
    rater_codes[np.isin(rater[rows], _unknown(session, _RATER))] = -1
    question_codes[np.isin(question[rows], _unknown(session, _QUESTION))] = -1
    verdict = outcome != FRACTIONAL
    share = score[rows]
    share[verdict] = SCORE_OF_OUTCOME[outcome[verdict]]
    return Battles(
        models=models,
        raters=raters,
        questions=questions,
        a=a_codes,
        b=b_codes,
        outcome=outcome,
        score=share,
        rater=rater_codes,
        question=question_codes,
        position=position[rows].astype(np.int64),
        probability=probability[rows],
        counts=counts,
    )


def _leave_out(usable: Mask, reasons: dict[str, Mask]) -> dict[str, int]:
    """Clear the rows that a reason names, and count each row under the first one; zero counts are not kept."""
    counts: dict[str, int] = {}
    for reason, rows in reasons.items():
        hit = usable & rows
        if hit.any():
            counts[reason] = int(hit.sum())
            usable[hit] = False
    return counts


def filter_values(session: Session, kind: RaterKind) -> dict[str, list[str]]:
    """What a board of this kind can be filtered by: its `category`, `language`, `source` and `rater` values."""
    table = _PREFERENCE if kind is RaterKind.human else _JUDGEMENT
    found: dict[str, list[str]] = {}
    for name in ("category", "language", "source"):
        column = _QUESTION.c[name]
        asked = select(column).where(
            column.is_not(None), select(table.c.position).where(table.c.question_id == _QUESTION.c.id).exists()
        )
        found[name] = sorted(str(value) for value in session.execute(asked.distinct()).scalars())
    raters = select(func.coalesce(_ACCOUNT.c.username, _RATER.c.key)).outerjoin(
        _ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id
    )
    used = select(table.c.position).where(table.c.rater_id == _RATER.c.id).exists()
    named = session.execute(raters.select_from(_RATER).where(used)).scalars()
    found["rater"] = sorted({str(value) for value in named})
    return found


def _winner_code(column: ColumnElement[Any], otherwise: int) -> ColumnElement[int]:
    return case(*((column == word, literal(code)) for word, code in OUTCOME_CODES.items()), else_=literal(otherwise))


def _human_rows(up_to: int) -> Select[Any]:
    rows = _PREFERENCE
    return (
        select(
            rows.c.position,
            rows.c.model_a_id,
            rows.c.model_b_id,
            _winner_code(rows.c.winner, _NO_VERDICT),
            rows.c.rater_id,
            rows.c.question_id,
            func.coalesce(rows.c.supersedes, 0),
            case((rows.c.flag.is_not(None), 1), else_=0),
            case((rows.c.blind.is_(False), 1), else_=0),
            func.coalesce(_BALLOT.c.campaign_id, 0),
            func.coalesce(_BALLOT.c.probability, -1.0),
            literal(-1.0),
        )
        .select_from(rows.outerjoin(_BALLOT, _BALLOT.c.id == rows.c.ballot_id))
        .where(rows.c.position <= up_to)
        .order_by(rows.c.position)
    )


def _judge_rows(up_to: int) -> Select[Any]:
    rows = _JUDGEMENT
    code = case(
        (rows.c.state == JudgementState.inconsistent, literal(_INCONSISTENT)),
        (rows.c.state == JudgementState.failed, literal(_FAILED)),
        *(
            ((rows.c.winner == word) & (rows.c.score == float(SCORE_OF_OUTCOME[code])), literal(code))
            for word, code in OUTCOME_CODES.items()
        ),
        else_=literal(FRACTIONAL),
    )
    return (
        select(
            rows.c.position,
            rows.c.model_a_id,
            rows.c.model_b_id,
            code,
            rows.c.rater_id,
            rows.c.question_id,
            literal(0),
            literal(0),
            literal(0),
            literal(0),
            literal(-1.0),
            func.coalesce(rows.c.score, -1.0),
        )
        .where(rows.c.position <= up_to)
        .order_by(rows.c.position)
    )


def _fetch(session: Session, statement: Select[Any], *, n_columns: int) -> list[npt.NDArray[Any]]:
    """The rows of a statement as one array per column; the last two are fractions, -1 standing for unknown."""
    chunks: list[list[npt.NDArray[Any]]] = []
    for part in session.execute(statement.execution_options(yield_per=_CHUNK)).partitions():
        table = np.array(part, dtype=np.float64)
        chunks.append([column.copy() for column in table.T])
    columns = [np.concatenate(parts) for parts in zip(*chunks, strict=True)] if chunks else [np.empty(0)] * n_columns
    whole = [column.astype(np.int64) for column in columns[:-2]]
    return whole + [np.where(column < 0, np.nan, column) for column in columns[-2:]]


def _in_scope(
    session: Session,
    selection: Selection,
    *,
    rater: npt.NDArray[np.int64],
    question: npt.NDArray[np.int64],
    campaign: npt.NDArray[np.int64],
) -> Mask:
    """The rows that the filters ask about; the others are not left out, they belong to another board."""
    mask = np.ones(len(rater), np.bool_)
    asked = [
        _QUESTION.c[name] == value
        for name, value in (
            ("category", selection.category),
            ("language", selection.language),
            ("source", selection.source),
        )
        if value is not None
    ]
    if asked:
        mask &= np.isin(question, session.execute(select(_QUESTION.c.id).where(*asked)).scalars().all())
    if selection.rater is not None:
        mask &= np.isin(rater, _raters_named(session, selection.kind, selection.rater))
    if selection.campaign is not None:
        mask &= campaign == selection.campaign
    return mask


def _raters_named(session: Session, kind: RaterKind, name: str) -> Sequence[int]:
    chosen = (
        select(_RATER.c.id)
        .outerjoin(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)
        .where(
            _RATER.c.kind == kind,
            (_RATER.c.key == name) | (_ACCOUNT.c.username == name) | (_RATER.c.judge_model == name),
        )
    )
    found = session.execute(chosen).scalars().all()
    if not found:
        raise NotFound(f"no {kind} rater {name!r} in this store; see `evenhand list raters`")
    return found


def _voids(session: Session, up_to: int) -> Sequence[int]:
    reversed_ones = select(_VOID.c.reverses).where(_VOID.c.reverses.is_not(None), _VOID.c.position <= up_to)
    return (
        session.execute(
            select(_VOID.c.voids).where(
                _VOID.c.position <= up_to, _VOID.c.reverses.is_(None), _VOID.c.position.not_in(reversed_ones)
            )
        )
        .scalars()
        .all()
    )


def _left_out(session: Session, target: ColumnElement[Any], up_to: int) -> Sequence[int]:
    return session.execute(standing_exclusions(target, up_to)).scalars().all()


def _pair_codes(
    session: Session, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]
) -> tuple[tuple[str, ...], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Model codes over the models that occur, in alphabetical order of their names."""
    known = {int(key): str(name) for key, name in session.execute(select(_MODEL.c.id, _MODEL.c.name))}
    names, codes = _codes(np.concatenate([a, b]), known)
    return names, codes[: len(a)], codes[len(a) :]


def _codes(ids: npt.NDArray[np.int64], names: dict[int, str]) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    present, inverse = np.unique(ids, return_inverse=True)
    labels = [names[int(key)] for key in present]
    order = sorted(range(len(labels)), key=labels.__getitem__)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return tuple(labels[i] for i in order), place[inverse].astype(np.int32)


def _unknown(session: Session, table: Table) -> Sequence[int]:
    return session.execute(select(table.c.id).where(table.c.key == UNKNOWN_KEY)).scalars().all()


def _rater_names(session: Session) -> dict[int, str]:
    rows = session.execute(select(_RATER.c.id, _RATER.c.source, _RATER.c.key)).all()
    times = Counter(key for _, _, key in rows)
    return {number: f"{source}/{key}" if times[key] > 1 else str(key) for number, source, key in rows}


def _question_names(session: Session) -> dict[int, str]:
    rows = session.execute(select(_QUESTION.c.id, _QUESTION.c.source, _QUESTION.c.key))
    return {number: f"{source}/{key}" for number, source, key in rows}
