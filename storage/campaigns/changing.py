"""Change the settings of a campaign that exists, unless somebody else changed them in the meantime.

A form carries the fingerprint of the settings that it showed; it is compared inside the writing transaction, so the
second of two people who edit at once is told and nothing of the first is lost.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from storage.audit import Subject, record
from storage.campaigns.campaigns import guidelines
from storage.campaigns.rules import rules_of
from storage.database.columns import table_of
from storage.database.tables import Ballot, Campaign
from storage.errors import Conflict, NotFound
from storage.ledger import chain
from storage.values import BallotState, canonical_json, digest

_CAMPAIGN, _BALLOT = table_of(Campaign), table_of(Ballot)

_OF_CAMPAIGN = ("name", "overlap", "policy", "uniform_share", "state")


def settings_of(session: Session, campaign_id: int) -> dict[str, Any]:
    """The settings of a campaign that can change, by name, with its quality rules and the text of its guidelines.

    Models, questions and the scale are not among them: votes would lose their meaning, so a clone is made instead.

    Raises:
        NotFound: there is no campaign with this number.
    """
    row = session.execute(select(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id)).first()
    if row is None:
        raise NotFound(f"no campaign number {campaign_id}")
    found = {name: getattr(row, name) for name in _OF_CAMPAIGN}
    body = guidelines(session, campaign_id, int(row.guidelines_version))
    return found | asdict(rules_of(session, campaign_id)) | {"guidelines": body}


def fingerprint(settings: Mapping[str, Any]) -> str:
    """A short digest of settings, by which a form tells whether they are still those that it showed."""
    return digest(canonical_json({name: str(value) for name, value in settings.items()}))[:16]


def check_unchanged(settings: Mapping[str, Any], shown: str) -> None:
    """Refuse a change that was made on other settings than the present ones.

    Raises:
        Conflict: somebody else changed the campaign since the form was shown.
    """
    if fingerprint(settings) != shown:
        raise Conflict(
            "expected the settings that the form showed, but somebody else changed this campaign in the meantime; "
            "look at the present settings and change them again"
        )


def rename_campaign(session: Session, campaign_id: int, name: str) -> None:
    """Give a campaign another name.

    Raises:
        NotFound: there is no campaign with this number.
        Conflict: another campaign has the name.
    """
    chain.lock(session)
    before = settings_of(session, campaign_id)["name"]
    taken = select(_CAMPAIGN.c.id).where(_CAMPAIGN.c.name == name, _CAMPAIGN.c.id != campaign_id)
    if session.execute(taken).first() is not None:
        raise Conflict(f"expected a new campaign name, but {name!r} exists already; choose another")
    session.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(name=name))
    record(session, Subject.campaign, campaign_id, "name", old=before, new=name)


def open_ballot_counts(session: Session, campaign_id: int) -> dict[BallotState, int]:
    """The number of ballots on screen and in reserve: what a change of the campaign meets."""
    rows = session.execute(
        select(_BALLOT.c.state, func.count())
        .where(_BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state.in_((BallotState.shown, BallotState.reserved)))
        .group_by(_BALLOT.c.state)
    )
    counts = {BallotState.shown: 0, BallotState.reserved: 0}
    return counts | {BallotState(state): int(number) for state, number in rows}
