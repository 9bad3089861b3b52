"""Statements on ballots: reserve a pair for a rater, show it, close it.

They run between a key press and the next pair, so they are Core statements on indexed columns. Every caller takes
`lock_rater` first, so that two tabs of one person cannot interleave.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    union_all,
    update,
)

from storage.database.columns import table_of
from storage.database.engine import is_postgres
from storage.database.quality_tables import BallotTime
from storage.database.tables import Ballot, BallotResponse, Campaign, Rater, Response
from storage.ledger import standing
from storage.ledger.standing import EXCLUSION
from storage.values import BallotState, CampaignKind, SpecialDraw

OPEN = (BallotState.reserved, BallotState.shown)
CLOSED = (BallotState.voted, BallotState.skipped)
SPECIAL = frozenset(SpecialDraw)
"""Values of `policy` of the ballots that take up no place of a pair: gold items and repeats."""

_BALLOT, _RATER, _RESPONSE, _TIME = table_of(Ballot), table_of(Rater), table_of(Response), table_of(BallotTime)
_BESIDE, _CAMPAIGN = table_of(BallotResponse), table_of(Campaign)
_BY_TOKEN = select(_BALLOT).where(_BALLOT.c.token == bindparam("token"))


def _literals(*states: BallotState) -> list[ColumnElement[str]]:
    """States as literals, because a partial index is used only where the statement shows that its condition holds."""
    return [literal_column(f"'{state}'") for state in states]


_OPEN_OF = union_all(
    *(
        select(_BALLOT).where(_BALLOT.c.rater_id == bindparam("rater"), _BALLOT.c.state == state)
        for state in _literals(*OPEN)
    )
)
_IS_EXCLUDED = _BALLOT.c.rater_id.in_(standing.excluded(EXCLUSION.c.rater_id)).label("is_excluded")
_HOLDERS = select(_BALLOT.c.rater_id, _BALLOT.c.state, _BALLOT.c.expires_at, _IS_EXCLUDED, _BALLOT.c.policy).where(
    _BALLOT.c.question_id == bindparam("question"),
    _BALLOT.c.response_a_id == bindparam("a"),
    _BALLOT.c.response_b_id.is_not_distinct_from(bindparam("b", type_=_BALLOT.c.response_b_id.type)),
    _BALLOT.c.campaign_id == bindparam("campaign"),
    _BALLOT.c.state.in_(_literals(*OPEN, *CLOSED)),
)
_CHANGE = update(_BALLOT).where(_BALLOT.c.id == bindparam("ballot_id"))
_RESPONSES_BESIDE = (
    select(_BESIDE.c.response_id).where(_BESIDE.c.ballot_id == bindparam("ballot")).order_by(_BESIDE.c.place)
)
_RESERVE = insert(_BALLOT).returning(_BALLOT.c.id)
_LAST_CLOSED = (
    select(_BALLOT)
    .where(
        _BALLOT.c.rater_id == bindparam("rater"),
        _BALLOT.c.campaign_id == bindparam("campaign"),
        _BALLOT.c.state.in_(_literals(*CLOSED)),
    )
    .order_by(_BALLOT.c.closed_at.desc(), _BALLOT.c.id.desc())
    .limit(1)
)

_OF_RATER = (
    select(_BALLOT)
    .where(
        _BALLOT.c.campaign_id == bindparam("campaign"),
        _BALLOT.c.rater_id == bindparam("rater"),
        _BALLOT.c.state.in_(_literals(*OPEN, *CLOSED)),
    )
    .order_by(_BALLOT.c.id)
)
_N_DRAWN = select(func.count()).where(
    _BALLOT.c.campaign_id == bindparam("campaign"), _BALLOT.c.rater_id == bindparam("rater")
)
_FORGET_TIMES = delete(_TIME).where(_TIME.c.ballot_id == bindparam("answered"))
_KEEP_TIMES = insert(_TIME)

BallotRow = Row[Any]


class Holders(NamedTuple):
    """The raters of one pair.

    Attributes:
        filling: raters whose ballot takes up a place: answered, or open and not expired; gold items and repeats take
            up none.
        had: raters who must not get the pair again, including those who skipped it.
    """

    filling: list[int]
    had: list[int]


class Holding(NamedTuple):
    """What a ballot of a campaign holds: its rater, state, expiry and policy, and whether the rater is excluded."""

    question_id: int
    response_a_id: int
    response_b_id: int | None
    rater_id: int
    state: BallotState
    expires_at: datetime
    is_excluded: bool
    policy: str

    @property
    def takes_place(self) -> bool:
        """Whether the ballot counts against the overlap; gold items and repeats do not."""
        return self.policy not in SPECIAL and not self.is_excluded


def lock_rater(connection: Connection, rater_id: int) -> None:
    """Let only one ballot operation of a person run at a time (SQLite has one writing transaction anyway)."""
    if is_postgres(connection):
        connection.execute(select(_RATER.c.id).where(_RATER.c.id == rater_id).with_for_update(key_share=True)).first()


def by_token(connection: Connection, token: str) -> BallotRow | None:
    """The ballot with this token, if there is one."""
    return connection.execute(_BY_TOKEN, {"token": token}).first()


def open_of(connection: Connection, rater_id: int) -> dict[BallotState, BallotRow]:
    """The shown and the reserved ballot of a person in any campaign, expired ones included."""
    return {BallotState(row.state): row for row in connection.execute(_OPEN_OF, {"rater": rater_id})}


def holders(connection: Connection, row: Mapping[str, Any], *, now: datetime) -> Holders:
    """The raters who take up a place of a pair, and those who have had it.

    Expired and skipped ballots, and all ballots of an excluded rater, leave the place free.
    """
    values = {
        "question": row["question_id"],
        "a": row["response_a_id"],
        "b": row["response_b_id"],
        "campaign": row["campaign_id"],
    }
    filling, had = [], []
    for rater_id, state, expires_at, is_excluded, policy in connection.execute(_HOLDERS, values):
        had.append(rater_id)
        is_held = state == BallotState.voted or (state in OPEN and expires_at > now)
        if is_held and not is_excluded and policy not in SPECIAL:
            filling.append(rater_id)
    return Holders(filling, had)


def reserve(connection: Connection, row: Mapping[str, Any]) -> int:
    """Store a new ballot and return its id; the keys of `row` are columns."""
    return int(connection.execute(_RESERVE, dict(row)).scalar_one())


def add_responses(connection: Connection, ballot_id: int, response_ids: Sequence[int]) -> None:
    """Store the responses that a ballot shows side by side, in the order shown."""
    rows = [
        {"ballot_id": ballot_id, "place": place, "response_id": response} for place, response in enumerate(response_ids)
    ]
    connection.execute(insert(_BESIDE), rows)


def shown_responses(connection: Connection, row: Mapping[str, Any]) -> tuple[int, ...]:
    """Ids of the responses of a ballot in the order shown; of a pair, the left one first."""
    first, second = int(row["response_a_id"]), row["response_b_id"]
    if second is not None:
        return (int(second), first) if row["swapped"] else (first, int(second))
    beside = connection.execute(_RESPONSES_BESIDE, {"ballot": row["id"]}).scalars().all()
    return tuple(int(one) for one in beside) or (first,)


def change(connection: Connection, ballot_id: int, **values: object) -> None:
    """Change columns of one ballot."""
    connection.execute(_CHANGE, {"ballot_id": ballot_id, **values})


def last_closed(connection: Connection, rater_id: int, campaign_id: int) -> BallotRow | None:
    """The ballot that a person closed last in a campaign; undo reopens it."""
    return connection.execute(_LAST_CLOSED, {"rater": rater_id, "campaign": campaign_id}).first()


def holdings(connection: Connection, campaign_id: int) -> list[Holding]:
    """Every open or closed pair of a campaign, for the occupancy of its cells."""
    rows = connection.execute(
        select(
            _BALLOT.c.question_id,
            _BALLOT.c.response_a_id,
            _BALLOT.c.response_b_id,
            _BALLOT.c.rater_id,
            _BALLOT.c.state,
            _BALLOT.c.expires_at,
            _IS_EXCLUDED,
            _BALLOT.c.policy,
        ).where(_BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state.in_(OPEN + CLOSED))
    )
    return [
        Holding(q, a, b, rater, BallotState(state), expires_at, bool(is_excluded), policy)
        for q, a, b, rater, state, expires_at, is_excluded, policy in rows
    ]


def answered(connection: Connection, campaign_id: int) -> list[tuple[int, int, int | None, int]]:
    """Question and responses of what was answered in a campaign, with the number of answers that count for its overlap.

    Answers on gold items, repeats, and those of excluded raters do not count.
    """
    columns = (_BALLOT.c.question_id, _BALLOT.c.response_a_id, _BALLOT.c.response_b_id)
    rows = connection.execute(
        select(*columns, func.count())
        .where(
            _BALLOT.c.campaign_id == campaign_id,
            _BALLOT.c.state == BallotState.voted,
            _BALLOT.c.policy.not_in(SPECIAL),
            _BALLOT.c.rater_id.not_in(standing.excluded(EXCLUSION.c.rater_id)),
        )
        .group_by(*columns)
    )
    return [(question, a, b, n) for question, a, b, n in rows]


def n_held_by_others(connection: Connection, rater_id: int, campaign_id: int, *, now: datetime) -> int:
    """The number of unexpired open ballots of other raters, for a new vote, on pairs that this person has not had."""
    mine = _BALLOT.alias()
    had = select(mine.c.id).where(
        mine.c.question_id == _BALLOT.c.question_id,
        mine.c.response_a_id == _BALLOT.c.response_a_id,
        mine.c.response_b_id.is_not_distinct_from(_BALLOT.c.response_b_id),
        mine.c.campaign_id == campaign_id,
        mine.c.rater_id == rater_id,
        mine.c.state.in_(_literals(*OPEN, *CLOSED)),
    )
    chosen = select(func.count()).where(
        _BALLOT.c.campaign_id == campaign_id,
        _BALLOT.c.rater_id != rater_id,
        _BALLOT.c.state.in_(_literals(*OPEN)),
        _BALLOT.c.expires_at > now,
        _BALLOT.c.policy.not_in(list(SpecialDraw)),
        ~had.exists(),
    )
    return int(connection.execute(chosen).scalar_one())


def n_drawn(connection: Connection, rater_id: int, campaign_id: int) -> int:
    """The number of ballots ever drawn for a person in a campaign: the running number of the next draw."""
    return int(connection.execute(_N_DRAWN, {"rater": rater_id, "campaign": campaign_id}).scalar_one())


def of_rater(connection: Connection, rater_id: int, campaign_id: int) -> list[BallotRow]:
    """The open and closed ballots of a person in a campaign, in the order in which they were drawn."""
    return list(connection.execute(_OF_RATER, {"rater": rater_id, "campaign": campaign_id}))


def set_times(
    connection: Connection, ballot_id: int, *, active: float | None, hidden: float | None, is_first: bool = False
) -> None:
    """Store the times of a ballot that was just answered, in seconds, in the place of those of an earlier answer.

    Args:
        connection: a writing transaction.
        ballot_id: the ballot.
        active: time for which its page was visible; None when unknown.
        hidden: time for which its page was in a hidden tab; None when unknown.
        is_first: whether the ballot was never answered before, so that no times stand.
    """
    if not is_first:
        connection.execute(_FORGET_TIMES, {"answered": ballot_id})
    if active is not None or hidden is not None:
        values = {"ballot_id": ballot_id, "active_seconds": active, "hidden_seconds": hidden}
        connection.execute(_KEEP_TIMES, values)


def last_campaign(connection: Connection, rater_id: int, kind: CampaignKind) -> int | None:
    """The campaign of a kind in which a person last closed a ballot."""
    found = connection.execute(
        select(_BALLOT.c.campaign_id)
        .join(_CAMPAIGN, _CAMPAIGN.c.id == _BALLOT.c.campaign_id)
        .where(_BALLOT.c.rater_id == rater_id, _BALLOT.c.state.in_(CLOSED), _CAMPAIGN.c.kind == kind)
        .order_by(_BALLOT.c.closed_at.desc())
        .limit(1)
    ).scalar()
    return None if found is None else int(found)


def model_of(connection: Connection, response_id: int) -> int:
    """The id of the model of a response."""
    return int(connection.execute(select(_RESPONSE.c.model_id).where(_RESPONSE.c.id == response_id)).scalar_one())
