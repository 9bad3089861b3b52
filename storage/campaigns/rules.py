"""The quality rules of campaigns, and the raters whom a rule has paused."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlmodel import Session

from storage.audit import Subject, record
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.quality_tables import CampaignRules, RaterPause
from storage.database.tables import Account, Ballot, Campaign, Rater
from storage.errors import NotFound
from storage.values import BallotState

RULES, _PAUSE = table_of(CampaignRules), table_of(RaterPause)
_BALLOT, _CAMPAIGN, _RATER, _ACCOUNT = table_of(Ballot), table_of(Campaign), table_of(Rater), table_of(Account)

REPEAT_GAP = 10
"""Number of other ballots between a pair and its repeat, unless a campaign says otherwise."""

_COLUMNS = tuple(column.name for column in RULES.columns if column.name != "campaign_id")
_IS_PAUSED = select(_PAUSE.c.id).where(
    _PAUSE.c.rater_id == bindparam("rater"),
    _PAUSE.c.campaign_id == bindparam("campaign"),
    _PAUSE.c.lifted_at.is_(None),
)
_TAKEN = select(func.count()).where(
    _BALLOT.c.campaign_id == bindparam("campaign"),
    _BALLOT.c.rater_id == bindparam("rater"),
    _BALLOT.c.state.in_((BallotState.reserved, BallotState.shown, BallotState.voted)),
)


@dataclass(frozen=True)
class QualityRules:
    """The quality rules of a campaign; the defaults are those of a campaign without any.

    Attributes:
        overlap_share: share of the pairs that get the overlap of the campaign, 0 to 1; the others get one rater.
        gold_share: share of silent gold items among the draws, 0 to below 1.
        repeat_share: share of swapped repeats among the draws, 0 to below 1.
        repeat_gap: number of other ballots between a pair and its repeat, 1 or more.
        most_votes: number of votes that the campaign takes from one rater; None for any number.
        deadline: time after which no pair is handed out; None for no end.
        pause_after: number of gold answers from which on a rater with a low accuracy is paused; None for no rule.
        pause_below: accuracy below which that happens, above 0 and at most 1.
        pause_fast: number of votes in a row, each faster than the pair can be read, that pauses a rater; None for no
            rule.
        ask_strength: whether the page asks how much better a response is; the answer is always optional.
        onboarding_feedback: whether the page shows the expected answer and its explanation after a wrong answer to an
            onboarding item.
    """

    overlap_share: float = 1.0
    gold_share: float = 0.0
    repeat_share: float = 0.0
    repeat_gap: int = REPEAT_GAP
    most_votes: int | None = None
    deadline: datetime | None = None
    pause_after: int | None = None
    pause_below: float | None = None
    pause_fast: int | None = None
    ask_strength: bool = True
    onboarding_feedback: bool = False

    @property
    def can_pause(self) -> bool:
        """Whether a rule of the campaign pauses raters."""
        return self.pause_after is not None or self.pause_fast is not None


class BrokenRule(NamedTuple):
    """A rule of a campaign that a rater broke: `gold` with right answers of all, or `fast` with a number of votes."""

    rule: str
    n_right: int | None
    n_total: int


@dataclass(frozen=True)
class PauseLine:
    """A pause of a rater in a campaign.

    Attributes:
        rater_id: the rater.
        rater: user name, or the key of a rater without an account.
        rule: `gold` or `fast`.
        n_right: number of right gold answers, for the rule `gold`.
        n_total: number of gold answers, or of fast votes.
        since: time of the pause.
        lifted_at: time at which the rater could go on; None for a pause in force.
        note: what the person who lifted it gave as the reason.
    """

    rater_id: int
    rater: str
    rule: str
    n_right: int | None
    n_total: int
    since: datetime
    lifted_at: datetime | None
    note: str | None


def rules_in(row: Row[Any]) -> QualityRules:
    """The rules in a row of `storage.campaigns.campaigns.campaign_row`."""
    if row.overlap_share is None:
        return QualityRules(gold_share=row.gold_share, repeat_share=row.repeat_share)
    values: Mapping[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    return QualityRules(gold_share=row.gold_share, repeat_share=row.repeat_share, **values)


def rules_of(session: Sql, campaign_id: int) -> QualityRules:
    """The rules of a campaign."""
    chosen = (
        select(_CAMPAIGN.c.gold_share, _CAMPAIGN.c.repeat_share, *(RULES.c[name] for name in _COLUMNS))
        .select_from(_CAMPAIGN.outerjoin(RULES, RULES.c.campaign_id == _CAMPAIGN.c.id))
        .where(_CAMPAIGN.c.id == campaign_id)
    )
    return rules_in(connection_of(session).execute(chosen).one())


def set_rules(session: Session, campaign_id: int, rules: QualityRules) -> None:
    """Store the rules of a campaign in the place of the present ones; open ballots stay as they are."""
    before = asdict(rules_of(session, campaign_id))
    for name, value in asdict(rules).items():
        if value != before[name]:
            record(session, Subject.campaign, campaign_id, name, old=before[name], new=value)
    shares = {"gold_share": rules.gold_share, "repeat_share": rules.repeat_share}
    session.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(shares))
    session.execute(delete(RULES).where(RULES.c.campaign_id == campaign_id))
    values = {name: value for name, value in asdict(rules).items() if name not in shares}
    session.execute(insert(RULES), {"campaign_id": campaign_id, **values})


def n_taken(session: Sql, campaign_id: int, rater_id: int) -> int:
    """The number of votes of a rater in a campaign, with the ballots that this rater still holds."""
    found = connection_of(session).execute(_TAKEN, {"campaign": campaign_id, "rater": rater_id})
    return int(found.scalar_one())


def is_paused(session: Sql, campaign_id: int, rater_id: int) -> bool:
    """Whether a rule has paused a rater in a campaign."""
    values = {"campaign": campaign_id, "rater": rater_id}
    return connection_of(session).execute(_IS_PAUSED, values).first() is not None


def pause_rater(session: Sql, campaign_id: int, rater_id: int, broken: BrokenRule, *, now: datetime) -> None:
    """Pause a rater in a campaign by a rule, until somebody lifts the pause."""
    values = {"campaign_id": campaign_id, "rater_id": rater_id, "created_at": now}
    connection_of(session).execute(insert(_PAUSE), values | broken._asdict())


def lift_pause(session: Session, campaign_id: int, rater_id: int, *, by: int | None, note: str, now: datetime) -> None:
    """Let a paused rater go on; gold answers and votes from before count for no further pause.

    Raises:
        NotFound: the rater is not paused in this campaign.
    """
    here = (_PAUSE.c.campaign_id == campaign_id, _PAUSE.c.rater_id == rater_id, _PAUSE.c.lifted_at.is_(None))
    if session.execute(select(_PAUSE.c.id).where(*here)).first() is None:
        raise NotFound("expected a rater whom a rule has paused in this campaign, but this one is not paused")
    session.execute(update(_PAUSE).where(*here).values(lifted_at=now, lifted_by=by, note=note or None))
    record(session, Subject.rater, rater_id, "pause_lifted", new=note or None)


def last_lift(session: Sql, campaign_id: int, rater_id: int) -> datetime | None:
    """The last time at which a pause of a rater in a campaign was lifted."""
    chosen = select(func.max(_PAUSE.c.lifted_at)).where(
        _PAUSE.c.campaign_id == campaign_id, _PAUSE.c.rater_id == rater_id
    )
    moment: datetime | None = connection_of(session).execute(chosen).scalar()
    return moment


def pauses(session: Session, campaign_id: int) -> list[PauseLine]:
    """Every pause of a campaign, in force or lifted, oldest first."""
    rows = session.execute(
        select(_PAUSE, func.coalesce(_ACCOUNT.c.username, _RATER.c.key).label("name"))
        .join(_RATER, _RATER.c.id == _PAUSE.c.rater_id)
        .outerjoin(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)
        .where(_PAUSE.c.campaign_id == campaign_id)
        .order_by(_PAUSE.c.id)
    )
    return [
        PauseLine(row.rater_id, row.name, row.rule, row.n_right, row.n_total, row.created_at, row.lifted_at, row.note)
        for row in rows
    ]
