"""A judge's ledgered rows with the replies behind them, to be read again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from storage.columns import table_of
from storage.judge_rows import LedgerKind
from storage.ledger_tables import JudgeCall, Judgement, Satisfaction, Void
from storage.values import Json

_CALL, _JUDGEMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgement), table_of(Satisfaction)
_VOID = table_of(Void)
_CHUNK = 2_000


class StoredReply(NamedTuple):
    """A reply as it was stored."""

    id: int
    swapped: bool
    reply: str | None
    verdict: Json
    cause: str | None


class StoredVerdict(NamedTuple):
    """A row with its replies, in the order in which they came; `row` holds all columns of the ledgered row."""

    position: int
    row: Mapping[str, Any]
    replies: Sequence[StoredReply]


def verdicts_with_replies(session: Session, kind: LedgerKind, rater_id: int) -> Iterator[StoredVerdict]:
    """The standing rows of a judge that have replies."""
    rows, link = (_JUDGEMENT, _CALL.c.judgement) if kind == "judgement" else (_SATISFACTION, _CALL.c.satisfaction)
    void = select(_VOID.c.voids).where(_VOID.c.reverses.is_(None))
    chosen = select(rows).where(rows.c.rater_id == rater_id, rows.c.position.not_in(void)).order_by(rows.c.position)
    for part in session.execute(chosen).mappings().partitions(_CHUNK):
        found: dict[int, list[StoredReply]] = {}
        columns = (link, _CALL.c.id, _CALL.c.swapped, _CALL.c.reply, _CALL.c.verdict, _CALL.c.cause)
        calls = select(*columns).where(link.in_([row["position"] for row in part])).order_by(_CALL.c.id)
        for position, call, swapped, reply, verdict, cause in session.execute(calls):
            found.setdefault(position, []).append(StoredReply(call, swapped, reply, verdict or {}, cause))
        for row in part:
            if row["position"] in found:
                yield StoredVerdict(row["position"], dict(row), found[row["position"]])


def set_call_verdicts(session: Session, verdicts: Sequence[tuple[int, Json, str | None]]) -> None:
    """Note of replies what was read from them: id, verdict, and the cause where there is none."""
    if verdicts:
        statement = update(_CALL).where(_CALL.c.id == bindparam("call"))
        values = [{"call": call, "read": verdict, "why": cause} for call, verdict, cause in verdicts]
        session.connection().execute(
            statement.values(verdict=bindparam("read", type_=_CALL.c.verdict.type), cause=bindparam("why")), values
        )
