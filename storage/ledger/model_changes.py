"""Rename and merge models by rows of the ledger that can be taken back; nothing that was stored changes or is deleted.

`storage.questions.model_names` reads them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Judgment, ModelChange, Preference
from storage.database.tables import Ballot, Response
from storage.errors import Conflict, NotFound
from storage.ledger import chain
from storage.questions.model_names import (
    model_names,
    owners_of_names,
    read_model_names,
    same_models,
    standing_ids,
    suggestion,
)
from storage.spelling import clean_name
from storage.values import BallotState

_CHANGE, _BALLOT, _RESPONSE = table_of(ModelChange), table_of(Ballot), table_of(Response)
_PREFERENCE, _JUDGMENT = table_of(Preference), table_of(Judgment)


@dataclass(frozen=True)
class ChangeLine:
    """One rename or merge.

    Attributes:
        position: position in the ledger, by which it is undone.
        at: time of writing, UTC.
        old: name of the model before the change.
        new: name given by a rename, or of the model merged into.
        is_merge: whether two models were merged.
        reason: reason as given.
        undone: whether a later row took it back.
    """

    position: int
    at: datetime
    old: str
    new: str
    is_merge: bool
    reason: str
    undone: bool


def rename_model(session: Session, old: str, new: str, *, reason: str, actor_id: int | None, now: datetime) -> int:
    """Give a model another name from now on, and return the position of the change.

    The old name goes on to mean the model, in files and in options.

    Raises:
        NotFound: there is no model with the old name.
        Conflict: another model has or had the new name, or the model has it now.
        BadInput: the new name has no visible character, or more than 200.
    """
    chain.lock(session)
    model = _standing(session, old)
    name = clean_name(new)
    present = model_names(session)[model]
    if name == present:
        raise Conflict(f"expected a new name for {present!r}, got the one that it has; nothing was changed")
    owner = owners_of_names(session).get(name)
    if owner is not None and read_model_names(session).standing[owner] != model:
        raise Conflict(
            f"expected a name that no model has or had, but {name!r} is a model of this store; "
            f"to count the two as one, run `evenhand models merge {old!r} {name!r}`"
        )
    return _append(session, {"model_id": model, "name": name, "reason": reason, "actor_id": actor_id}, now)


def merge_models(session: Session, old: str, into: str, *, reason: str, actor_id: int | None, now: datetime) -> int:
    """Count one model as another from now on, and return the position of the change.

    Responses, votes, judgments and scores of both are kept. Battles between the two no longer count, and open ballots
    that show both are withdrawn.

    Raises:
        NotFound: there is no model with one of the names.
        Conflict: both names mean one model already.
    """
    chain.lock(session)
    one, other = _standing(session, old), _standing(session, into)
    if one == other:
        raise Conflict(f"expected two models, but {old!r} and {into!r} are one already; nothing was changed")
    position = _append(session, {"model_id": one, "into_id": other, "reason": reason, "actor_id": actor_id}, now)
    _withdraw_ballots(session, now)
    return position


def undo_change(session: Session, position: int, *, reason: str, actor_id: int | None, now: datetime) -> int:
    """Take a rename or a merge back from now on, and return the position of the reversal.

    Raises:
        NotFound: no change was written at this position.
        Conflict: it was taken back already, or a name would then belong to two models.
    """
    chain.lock(session)
    change = session.execute(select(_CHANGE).where(_CHANGE.c.position == position)).mappings().first()
    if change is None or change["reverses"] is not None:
        raise NotFound(
            f"expected the number of a rename or merge, got {position}; `evenhand models changes` lists them"
        )
    if session.execute(select(_CHANGE.c.position).where(_CHANGE.c.reverses == position)).first() is not None:
        raise Conflict(f"expected a change that holds, but {position} was undone already; nothing was changed")
    row = {name: change[name] for name in ("model_id", "name", "into_id")}
    made = _append(session, {**row, "reason": reason, "actor_id": actor_id, "reverses": position}, now)
    known = read_model_names(session)
    held: dict[str, int] = {}
    for number, standing in known.standing.items():
        if held.setdefault(known.names[number], standing) != standing:
            raise Conflict(
                f"expected every name to mean one model, but {known.names[number]!r} would then mean two; "
                "undo the later changes first"
            )
    return made


def list_changes(session: Session) -> list[ChangeLine]:
    """Every rename and merge, the newest first, reversals as `undone`."""
    undone = set(session.execute(select(_CHANGE.c.reverses).where(_CHANGE.c.reverses.is_not(None))).scalars())
    chosen = select(_CHANGE).where(_CHANGE.c.reverses.is_(None)).order_by(_CHANGE.c.position.desc())
    lines = []
    for row in session.execute(chosen).mappings():
        before = model_names(session, row["position"] - 1)
        lines.append(
            ChangeLine(
                position=row["position"],
                at=row["created_at"],
                old=before[row["model_id"]],
                new=row["name"] if row["into_id"] is None else before[row["into_id"]],
                is_merge=row["into_id"] is not None,
                reason=row["reason"],
                undone=row["position"] in undone,
            )
        )
    return lines


def battles_within_models(session: Session) -> int:
    """The number of votes and judgments between models that are merged into one now; none of them counts."""
    counts = (
        session.execute(select(func.count()).select_from(table).where(same_models(table))).scalar_one()
        for table in (_PREFERENCE, _JUDGMENT)
    )
    return sum(map(int, counts))


def _standing(session: Session, name: str) -> int:
    found = standing_ids(session, [name])
    if name not in found:
        raise NotFound(f"no model {name!r} in this store; {suggestion(session, name)}")
    return found[name]


def _append(session: Session, row: Mapping[str, Any], now: datetime) -> int:
    return chain.append(session, "model_change", [{**row, "created_at": now}], now=now)[0]


def _withdraw_ballots(session: Session, now: datetime) -> None:
    """Withdraw the open ballots whose two responses are of one model now."""
    is_open = _BALLOT.c.state.in_((BallotState.reserved, BallotState.shown))
    a, b = _RESPONSE.alias("a"), _RESPONSE.alias("b")
    shown = (
        select(_BALLOT.c.id, a.c.model_id, b.c.model_id)
        .join(a, a.c.id == _BALLOT.c.response_a_id)
        .join(b, b.c.id == _BALLOT.c.response_b_id)
        .where(is_open)
    )
    standing = read_model_names(session).standing
    same: Sequence[int] = [int(ballot) for ballot, one, two in session.execute(shown) if standing[one] == standing[two]]
    if same:
        session.execute(
            update(_BALLOT).where(_BALLOT.c.id.in_(same)).values(state=BallotState.withdrawn, closed_at=now)
        )
