"""Crowd work: one link a campaign that anybody from a crowd platform can open, and the people who did.

The platform's id of a person is kept as a digest with the link's token as its salt, and in the erasable account.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from storage.audit import Subject, record
from storage.database.audit_tables import CrowdLink, CrowdParticipant
from storage.database.columns import table_of
from storage.database.tables import Ballot, Campaign
from storage.errors import NotFound
from storage.values import BallotState, CampaignState, digest

MOST_TRIES = 2
"""Tries at the comprehension check."""

_LINK, _PARTICIPANT, _CAMPAIGN = table_of(CrowdLink), table_of(CrowdParticipant), table_of(Campaign)
_BALLOT = table_of(Ballot)


@dataclass(frozen=True)
class CheckQuestion:
    """A question of the comprehension check.

    Attributes:
        text: the question.
        options: answers to choose from.
        right: place of the right answer, from 0.
    """

    text: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class CrowdTerms:
    """How people join a campaign by its crowd link.

    Attributes:
        token: secret part of the link.
        is_open: whether new people can join.
        parameter: name of the query parameter with the platform's id of a person, such as PROLIFIC_PID.
        consent: text to agree to, as Markdown; "" for none.
        questions: comprehension check; empty for none.
        completion_code: code that the end page shows; "" for none.
        return_url: address to go back to; "" for none.
        language: language of the pages.
    """

    token: str
    is_open: bool = True
    parameter: str = "PROLIFIC_PID"
    consent: str = ""
    questions: Sequence[CheckQuestion] = field(default_factory=tuple)
    completion_code: str = ""
    return_url: str = ""
    language: str = "en"


@dataclass(frozen=True)
class CrowdEntry:
    """How far a person of a crowd platform has come.

    Attributes:
        rater_id: the account, None before it is made.
        tries: failed tries at the comprehension check.
        has_passed: whether the check is passed, or there was none.
    """

    rater_id: int | None
    tries: int
    has_passed: bool


def crowd_terms(session: Session, campaign_id: int) -> CrowdTerms | None:
    """The crowd link of a campaign, None if it has none."""
    row = session.execute(select(_LINK).where(_LINK.c.campaign_id == campaign_id)).first()
    return None if row is None else _terms(row)


def set_crowd_terms(session: Session, campaign_id: int, terms: CrowdTerms) -> None:
    """Store the crowd link of a campaign in the place of the present one."""
    before = crowd_terms(session, campaign_id)
    session.execute(delete(_LINK).where(_LINK.c.campaign_id == campaign_id))
    values = asdict(terms) | {"questions": [asdict(one) for one in terms.questions]}
    session.execute(insert(_LINK).values({"campaign_id": campaign_id, **values}))
    old = None if before is None else "open" if before.is_open else "closed"
    new = "open" if terms.is_open else "closed"
    record(session, Subject.campaign, campaign_id, "crowd", old=old, new=f"{new} " if old == new else new)


def open_crowd_link(session: Session, token: str) -> tuple[int, CrowdTerms]:
    """The campaign behind a crowd link, with its terms.

    Raises:
        NotFound: the link is unknown or closed, or its campaign is not open.
    """
    row = session.execute(
        select(_LINK)
        .join(_CAMPAIGN, _CAMPAIGN.c.id == _LINK.c.campaign_id)
        .where(_LINK.c.token == token, _LINK.c.is_open, _CAMPAIGN.c.state == CampaignState.open)
    ).first()
    if row is None:
        raise NotFound("this link is unknown, or the campaign takes nobody at the moment")
    return int(row.campaign_id), _terms(row)


def person_digest(token: str, person: str) -> str:
    """The digest under which a person of the platform is known in one campaign."""
    return digest(f"{token}:{person}")


def crowd_entry(session: Session, campaign_id: int, person: str) -> CrowdEntry | None:
    """How far a person has come, None for somebody who has not agreed yet; `person` is a digest."""
    row = session.execute(select(_PARTICIPANT).where(*_who(campaign_id, person))).first()
    return None if row is None else CrowdEntry(row.rater_id, row.tries, row.passed_at is not None)


def add_crowd_entry(session: Session, campaign_id: int, person: str, *, now: datetime) -> None:
    """Note that a person agreed to take part; a second time changes nothing."""
    if crowd_entry(session, campaign_id, person) is None:
        row = {"campaign_id": campaign_id, "person_digest": person, "consented_at": now, "tries": 0}
        session.execute(insert(_PARTICIPANT).values(row))


def count_try(session: Session, campaign_id: int, person: str) -> None:
    """Count a failed try at the comprehension check."""
    session.execute(update(_PARTICIPANT).where(*_who(campaign_id, person)).values(tries=_PARTICIPANT.c.tries + 1))


def pass_check(session: Session, campaign_id: int, person: str, *, now: datetime) -> None:
    """Note that a person passed the comprehension check, or that there was none."""
    session.execute(update(_PARTICIPANT).where(*_who(campaign_id, person)).values(passed_at=now))


def bind_account(session: Session, campaign_id: int, person: str, rater_id: int) -> None:
    """Note which account is a person's."""
    session.execute(update(_PARTICIPANT).where(*_who(campaign_id, person)).values(rater_id=rater_id))


def completion_of(session: Session, rater_id: int) -> tuple[str, str] | None:
    """The completion code and the return address of a person who is done, None for everybody else.

    Somebody who joined by a crowd link is done after at least one vote or score, with no ballot open.
    """
    row = session.execute(
        select(_LINK.c.completion_code, _LINK.c.return_url, _LINK.c.campaign_id)
        .join(_PARTICIPANT, _PARTICIPANT.c.campaign_id == _LINK.c.campaign_id)
        .where(_PARTICIPANT.c.rater_id == rater_id)
        .order_by(_PARTICIPANT.c.consented_at.desc())
    ).first()
    if row is None:
        return None
    states = select(_BALLOT.c.state).where(_BALLOT.c.rater_id == rater_id, _BALLOT.c.campaign_id == row.campaign_id)
    found = set(session.execute(states).scalars())
    is_done = BallotState.voted in found and not found & {BallotState.shown, BallotState.reserved}
    return (str(row[0]), str(row[1])) if is_done else None


def _who(campaign_id: int, person: str) -> tuple[Any, Any]:
    return (_PARTICIPANT.c.campaign_id == campaign_id, _PARTICIPANT.c.person_digest == person)


def _terms(row: Any) -> CrowdTerms:  # noqa: ANN401  a row of the database
    return CrowdTerms(
        token=row.token,
        is_open=bool(row.is_open),
        parameter=row.parameter,
        consent=row.consent,
        questions=tuple(CheckQuestion(one["text"], tuple(one["options"]), int(one["right"])) for one in row.questions),
        completion_code=row.completion_code,
        return_url=row.return_url,
        language=row.language,
    )
