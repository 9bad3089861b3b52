"""Read the battles of a selection, and count the rows left out by reason.

A leaderboard has one kind of rater. Superseded, undone, void, excluded, flagged, inconsistent and failed rows, and
those between models that were merged, are counted under separate names, and none becomes a tie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Judgment, Preference
from storage.database.tables import Account, Question, Rater
from storage.errors import BadInput, NotFound
from storage.ledger import chain
from storage.ledger import standing as standing_rule
from storage.ledger.adjudications import DecidedRow, decisions, with_decisions
from storage.ledger.battles import FRACTIONAL, SCORE_OF_OUTCOME, Battles, FloatArray
from storage.ledger.entries import NO_WINNER, IdArray
from storage.ledger.standing import EXCLUSION
from storage.ledger.standing_fold import StandingFold
from storage.questions.model_names import ModelNames, read_model_names
from storage.questions.names import question_names, rater_names, unknown_ids
from storage.values import EMPTY_LOSES, RaterKind

_PREFERENCE, _JUDGMENT = table_of(Preference), table_of(Judgment)
_QUESTION, _RATER, _ACCOUNT = table_of(Question), table_of(Rater), table_of(Account)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """Filters for the votes, judgments or scores of a leaderboard.

    Attributes:
        kind: people or judges; never both.
        rater: only this rater: a key, a user name, or the name of a judge.
        category: only questions of this category.
        language: only questions in this language.
        source: only questions of this source.
        campaign: only ballots of the campaign with this id; excludes imported rows.
        flagged: include votes whose rater reported the pair as broken.
        not_blind: include imported votes given with the names of the models in view.
        gold: include votes on silent gold items.
        adjudicated: count decisions of reviewers in the place of the votes on their pairs.
        position: only entries up to this ledger position; None for all.
        raters: only raters with these names, as for `rater`; empty for all.
        rater_source: only raters of this source.
        since: only rows given at this time or later; rows of unknown time are left out and counted.
        until: only rows given before this time; rows of unknown time are left out and counted.
        dimension: only scores of this dimension; votes and judgments have none.
    """

    kind: RaterKind = RaterKind.human
    rater: str | None = None
    category: str | None = None
    language: str | None = None
    source: str | None = None
    campaign: int | None = None
    flagged: bool = False
    not_blind: bool = False
    gold: bool = False
    adjudicated: bool = False
    position: int | None = None
    raters: tuple[str, ...] = ()
    rater_source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    dimension: str | None = None


def read_battles(session: Session, selection: Selection) -> Battles:
    """The battles of a selection; rows that do not count are in `counts` by reason.

    Raises:
        NotFound: no rater has a name of the selection.
    """
    fold = StandingFold(selection.kind)
    fold.catch_up(session, selection.position if selection.position is not None else chain.head(session)[0])
    return select_battles(session, fold, selection)


def select_battles(session: Session, fold: StandingFold, selection: Selection) -> Battles:
    """The battles of a selection from a fold of its kind, at the position of the fold.

    Raises:
        NotFound: no rater has a name of the selection.
    """
    code = fold.column("code")
    known = read_model_names(session, fold.position)
    standing = [known.standing[identity] for identity in fold.models.ids]
    usable = _in_scope(session, fold, selection)
    usable &= code != NO_WINNER
    reasons = fold.reasons(flagged=selection.flagged, not_blind=selection.not_blind, gold=selection.gold)
    merged = {"merged": _within_one_model(fold, standing)}
    counts = leave_out(usable, reasons | untimed(selection, fold.column("time")) | merged)
    rows = np.flatnonzero(usable)
    outcome = code[rows].astype(np.int8)
    sides = np.concatenate([fold.column("a")[rows], fold.column("b")[rows]])
    models, pair = _vocabulary(sides, standing, known.names)
    raters, rater = _vocabulary(fold.column("rater")[rows], fold.raters.ids, rater_names(session))
    questions, question = _vocabulary(fold.column("question")[rows], fold.questions.ids, question_names(session))
    for codes, name, table in ((rater, "rater", _RATER), (question, "question", _QUESTION)):
        nobody = [getattr(fold, f"{name}s").find(identity) for identity in unknown_ids(session, table)]
        codes[np.isin(fold.column(name)[rows], nobody)] = -1
    has_winner = outcome != FRACTIONAL
    score = fold.column("score")[rows]
    score[has_winner] = SCORE_OF_OUTCOME[outcome[has_winner]]
    battles = Battles(
        models=models,
        raters=raters,
        questions=questions,
        a=pair[: len(rows)],
        b=pair[len(rows) :],
        outcome=outcome,
        score=score,
        rater=rater,
        question=question,
        position=fold.column("position")[rows],
        probability=fold.column("probability")[rows],
        response_a=_known(fold.column("response_a")[rows]),
        response_b=_known(fold.column("response_b")[rows]),
        time=fold.column("time")[rows],
        counts=counts,
        empty_losses=_empty_losses(session, fold.column("position")[rows]) if fold.kind is RaterKind.judge else 0,
    )
    if not selection.adjudicated or fold.kind is RaterKind.judge:
        return battles
    return with_decisions(battles, _decided(session, selection, known, fold.position))


def _decided(session: Session, selection: Selection, known: ModelNames, up_to: int) -> list[DecidedRow]:
    """The decisions that a selection counts: the last one on each pair, on questions and in the time that it takes.

    Raises:
        BadInput: the selection takes the votes of some raters only, which decisions have no part in.
    """
    if selection.rater or selection.raters or selection.rater_source:
        raise BadInput("expected decisions of reviewers with the votes of all raters, got some raters; leave one out")
    asked = questions_asked(selection)
    wanted = None if asked is None else set(session.execute(asked).scalars())
    excluded = set(session.execute(standing_rule.excluded(EXCLUSION.c.question_id, up_to)).scalars())
    questions, raters = question_names(session), rater_names(session)
    last = {one.pair[2:]: one for one in decisions(session, campaign_id=selection.campaign, up_to=up_to)}
    return [
        DecidedRow(
            one,
            known.names[known.standing[one.model_a_id]],
            known.names[known.standing[one.model_b_id]],
            questions[one.pair.question_id],
            None if one.actor_id is None else raters[one.actor_id],
        )
        for one in last.values()
        if (wanted is None or one.pair.question_id in wanted)
        and one.pair.question_id not in excluded
        and bool(in_window(selection, np.array([one.at.timestamp()]))[0])
        and known.standing[one.model_a_id] != known.standing[one.model_b_id]
    ]


def _empty_losses(session: Session, positions: npt.NDArray[np.int64]) -> int:
    """The number of these judgments in which an empty response lost by the rules of the judge."""
    settings = session.execute(select(_RATER.c.id, _RATER.c.settings).where(_RATER.c.kind == RaterKind.judge))
    judges = [identity for identity, chosen in settings if (chosen or {}).get(EMPTY_LOSES)]
    if not judges:
        return 0
    by_rule = select(_JUDGMENT.c.position).where(_JUDGMENT.c.rater_id.in_(judges), _JUDGMENT.c.form == EMPTY_LOSES)
    return int(np.isin(positions, session.execute(by_rule).scalars().all()).sum())


def _within_one_model(fold: StandingFold, standing: Sequence[int]) -> Mask:
    """The rows between two models that were merged into one; rows of a model with itself are left to the ratings."""
    a, b, ids = fold.column("a"), fold.column("b"), np.array(standing, np.int64)
    return (a != b) & (ids[a] == ids[b]) if len(ids) else np.zeros(len(fold), np.bool_)


def leave_out(usable: Mask, reasons: dict[str, Mask]) -> dict[str, int]:
    """Clear the rows that meet a reason, and count each under its first reason; zero counts are left out."""
    counts: dict[str, int] = {}
    for reason, rows in reasons.items():
        hit = usable & rows
        if hit.any():
            counts[reason] = int(hit.sum())
            usable[hit] = False
    return counts


def filter_values(session: Session, kind: RaterKind) -> dict[str, list[str]]:
    """The values for the filters of a leaderboard: question columns, names for `rater`, and `rater_source`."""
    table = _PREFERENCE if kind is RaterKind.human else _JUDGMENT
    found: dict[str, list[str]] = {}
    asked = _QUESTION.c.id.in_(select(table.c.question_id))  # read once; `exists` would read all rows per question
    for name in ("category", "language", "source"):
        column = _QUESTION.c[name]
        stored = select(column).where(column.is_not(None), asked)
        found[name] = sorted(str(value) for value in session.execute(stored.distinct()).scalars())
    raters = select(func.coalesce(_ACCOUNT.c.username, _RATER.c.key)).outerjoin(
        _ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id
    )
    used = _RATER.c.id.in_(select(table.c.rater_id))
    named = session.execute(raters.select_from(_RATER).where(used)).scalars()
    found["rater"] = sorted({str(value) for value in named})
    sources = session.execute(select(_RATER.c.source).where(used).distinct()).scalars()
    found["rater_source"] = sorted(str(value) for value in sources)
    return found


def _in_scope(session: Session, fold: StandingFold, selection: Selection) -> Mask:
    """The rows that pass the filters; other rows are not counted as left out."""
    mask = np.ones(len(fold), np.bool_)
    if (questions := questions_asked(selection)) is not None:
        mask &= _among(fold.column("question"), fold.questions.ids, session.execute(questions).scalars().all())
    names = (*selection.raters, *([] if selection.rater is None else [selection.rater]))
    if names:
        mask &= _among(fold.column("rater"), fold.raters.ids, raters_named(session, selection.kind, names))
    if selection.rater_source is not None:
        chosen = select(_RATER.c.id).where(_RATER.c.source == selection.rater_source)
        mask &= _among(fold.column("rater"), fold.raters.ids, session.execute(chosen).scalars().all())
    if selection.campaign is not None:
        mask &= fold.column("campaign") == selection.campaign
    return mask & in_window(selection, fold.column("time"))


def in_window(selection: Selection, time: FloatArray) -> Mask:
    """The rows given within the time window of a selection, and those of unknown time."""
    mask = np.ones(len(time), np.bool_)
    if selection.since is not None:
        mask &= ~(time < selection.since.timestamp())
    if selection.until is not None:
        mask &= ~(time >= selection.until.timestamp())
    return mask


def untimed(selection: Selection, time: FloatArray) -> dict[str, Mask]:
    """The rows of unknown time as a reason to leave them out, where a selection has a time window."""
    if selection.since is None and selection.until is None:
        return {}
    return {"unknown_time": np.isnan(time)}


def questions_asked(selection: Selection) -> Select[tuple[int]] | None:
    """The ids of the questions of a selection, None for all."""
    conditions = [
        _QUESTION.c[name] == value
        for name, value in (
            ("category", selection.category),
            ("language", selection.language),
            ("source", selection.source),
        )
        if value is not None
    ]
    return select(_QUESTION.c.id).where(*conditions) if conditions else None


def raters_named(session: Session, kind: RaterKind, names: Sequence[str]) -> list[int]:
    """The ids of the raters with these names: keys, user names, or names of judges.

    Raises:
        NotFound: one of the raters is not in the store.
    """
    found: list[int] = []
    for name in names:
        chosen = (
            select(_RATER.c.id)
            .outerjoin(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)
            .where(_RATER.c.kind == kind, _is_called(name))
        )
        ids = session.execute(chosen).scalars().all()
        if not ids:
            raise NotFound(f"no {kind} rater {name!r} in this store; see `evenhand list raters`")
        found += ids
    return found


def _is_called(name: str) -> ColumnElement[bool]:
    return (_RATER.c.key == name) | (_ACCOUNT.c.username == name) | (_RATER.c.judge_model == name)


def _among(codes: IdArray, ids: Sequence[int], chosen: Sequence[int]) -> Mask:
    """Whether each row's id is among the chosen ones."""
    wanted = np.isin(np.array(ids, np.int64), np.array(chosen, np.int64))
    return wanted[codes] if len(wanted) else np.zeros(len(codes), np.bool_)


def _known(ids: IdArray) -> IdArray:
    """Ids with -1 for none."""
    return np.where(ids > 0, ids, -1)


def _vocabulary(
    codes: IdArray, ids: Sequence[int], names: dict[int, str]
) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """The names that occur, in alphabetical order, and each row's place among them; codes of one id share a place."""
    present = np.flatnonzero(np.bincount(codes, minlength=len(ids))) if len(codes) else np.empty(0, np.intp)
    order = sorted({(names[ids[code]], ids[code]) for code in present.tolist()})
    place_of = {identity: place for place, (_, identity) in enumerate(order)}
    place = np.empty(len(ids), np.int32)
    place[present] = [place_of[ids[code]] for code in present.tolist()]
    return tuple(name for name, _ in order), place[codes]
