"""Campaigns: create and list them, set their state, guidelines and raters, and read the pairs that one offers.

A campaign names questions and models. Its cells (question × unordered pair of responses) follow from the responses
in the store, so a response that arrives later extends an open campaign.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, insert, select, union_all, update
from sqlmodel import Session

from storage.audit import Subject, record
from storage.campaigns.question_choice import QuestionChoice, conditions
from storage.campaigns.rules import RULES
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import ModelChange, Satisfaction
from storage.database.tables import (
    Ballot,
    Campaign,
    CampaignModel,
    CampaignQuestion,
    CampaignRater,
    CampaignScale,
    Guidelines,
    Question,
    Response,
)
from storage.errors import Conflict, NotFound
from storage.ledger import chain, standing
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import STANDING_MODELS, standing_names, suggestion
from storage.values import SHOWABLE_STATES, BallotState, CampaignKind, CampaignState, RatingLayout

_BALLOT, _CAMPAIGN, _RESPONSE = table_of(Ballot), table_of(Campaign), table_of(Response)
_SCALE, _SCORE = table_of(CampaignScale), table_of(Satisfaction)
_QUESTIONS, _MODELS, _RATERS = table_of(CampaignQuestion), table_of(CampaignModel), table_of(CampaignRater)
_GUIDELINES, _QUESTION, _MODEL = table_of(Guidelines), table_of(Question), STANDING_MODELS
_POSITIONS = union_all(select(EXCLUSION.c.position), select(table_of(ModelChange).c.position)).subquery()
_LAST_EXCLUSION = select(func.max(_POSITIONS.c.position)).scalar_subquery().label("last_exclusion")
_RULE_COLUMNS = [column for column in RULES.columns if column.name != "campaign_id"]
_BY_ID = (
    select(_CAMPAIGN, *_RULE_COLUMNS, _LAST_EXCLUSION, _SCALE.c.layout, _SCALE.c.labels)
    .select_from(_CAMPAIGN.outerjoin(RULES, RULES.c.campaign_id == _CAMPAIGN.c.id))
    .outerjoin(_SCALE, _SCALE.c.campaign_id == _CAMPAIGN.c.id)
    .where(_CAMPAIGN.c.id == bindparam("campaign"))
)
_OPEN_TO = (
    select(_CAMPAIGN.c.id, _CAMPAIGN.c.name)
    .join(_RATERS, _RATERS.c.campaign_id == _CAMPAIGN.c.id)
    .where(
        _RATERS.c.rater_id == bindparam("rater"),
        _CAMPAIGN.c.kind == bindparam("kind"),
        _CAMPAIGN.c.state == CampaignState.open,
        _RATERS.c.rater_id.not_in(standing.excluded(EXCLUSION.c.rater_id)),
    )
    .order_by(_CAMPAIGN.c.id)
)


def add_campaign(
    session: Session, campaign: Campaign, *, guidelines: str, questions: Sequence[int], models: Sequence[int]
) -> int:
    """Store a new campaign with the first version of its guidelines and return its id.

    Models that were merged into the given ones belong to it too.

    Raises:
        Conflict: a campaign with this name exists.
    """
    everyone = session.execute(select(_MODEL.c.id).where(_MODEL.c.standing_id.in_(models)).order_by(_MODEL.c.id))
    campaign_id = add_bare_campaign(session, campaign, guidelines=guidelines, models=list(everyone.scalars()))
    session.execute(insert(_QUESTIONS), [{"campaign_id": campaign_id, "question_id": key} for key in questions])
    return campaign_id


def add_bare_campaign(session: Session, campaign: Campaign, *, guidelines: str, models: Iterable[int]) -> int:
    """Store a new campaign without questions, with exactly these models, and return its id.

    Raises:
        Conflict: a campaign with this name exists.
    """
    if session.execute(select(_CAMPAIGN.c.id).where(_CAMPAIGN.c.name == campaign.name)).first() is not None:
        raise Conflict(f"expected a new campaign name, but {campaign.name!r} exists already; choose another")
    session.add(campaign)
    session.flush()
    campaign_id = int(campaign.id or 0)
    session.execute(insert(_MODELS), [{"campaign_id": campaign_id, "model_id": model} for model in models])
    first = {"campaign_id": campaign_id, "version": 1, "body": guidelines, "created_at": campaign.created_at}
    session.execute(insert(_GUIDELINES), first)
    record(session, Subject.campaign, campaign_id, "created", new=campaign.name)
    return campaign_id


def add_scale(session: Session, campaign_id: int, *, labels: dict[str, str], layout: RatingLayout) -> None:
    """Store how a campaign asks for scores."""
    session.execute(insert(_SCALE), {"campaign_id": campaign_id, "labels": labels, "layout": layout})


def campaign_named(session: Session, name: str) -> Campaign:
    """The campaign with this name or number.

    Raises:
        NotFound: there is no such campaign.
    """
    row: Campaign | None = session.execute(select(Campaign).where(_CAMPAIGN.c.name == name)).scalar_one_or_none()
    if row is None and name.isascii() and name.isdecimal() and len(name) < 10:
        row = session.get(Campaign, int(name))
    if row is None:
        known = session.execute(select(_CAMPAIGN.c.name).order_by(_CAMPAIGN.c.id)).scalars().all()
        listing = (
            f"the campaigns here are {', '.join(map(repr, known))}" if known else "there are no campaigns here yet"
        )
        raise NotFound(f"no campaign {name!r}; {listing}")
    return row


def campaign_row(session: Sql, campaign_id: int) -> Row[Any]:
    """The columns of a campaign, for the path that every vote takes.

    `last_exclusion` is the position of the last exclusion or change of a model; `storage.campaigns.rules.rules_in`
    reads the quality rules. `layout` and `labels` are null without
    scores.

    Raises:
        NotFound: there is no campaign with this number.
    """
    row = connection_of(session).execute(_BY_ID, {"campaign": campaign_id}).first()
    if row is None:
        raise NotFound(f"no campaign number {campaign_id}")
    return row


def campaigns(session: Session, *, rater_id: int | None = None) -> list[Campaign]:
    """Every campaign, oldest first; with a rater, only the open ones to which that person was invited."""
    chosen = select(Campaign).order_by(_CAMPAIGN.c.id)
    if rater_id is not None:
        chosen = chosen.join(_RATERS, _RATERS.c.campaign_id == _CAMPAIGN.c.id).where(
            _RATERS.c.rater_id == rater_id, _CAMPAIGN.c.state == CampaignState.open
        )
    return list(session.execute(chosen).scalars())


def open_to(session: Sql, rater_id: int, kind: CampaignKind) -> dict[int, str]:
    """The open campaigns of a kind to which a person was invited: names by id, oldest first.

    None for a person who is excluded from boards.
    """
    rows = connection_of(session).execute(_OPEN_TO, {"rater": rater_id, "kind": kind})
    return {int(number): str(name) for number, name in rows}


class CampaignMembership(NamedTuple):
    """The part of a person in a campaign: its state, and whether the person still gets ballots of it."""

    state: CampaignState
    takes_part: bool


def memberships(session: Sql, rater_id: int, kind: CampaignKind) -> dict[int, CampaignMembership]:
    """Every campaign of a kind to which a person was invited or in which that person has ballots, oldest first.

    Somebody who was removed from a campaign, or excluded from boards, takes no part any more.
    """
    here = (_RATERS.c.campaign_id == _CAMPAIGN.c.id) & (_RATERS.c.rater_id == rater_id)
    invited = select(_RATERS.c.rater_id).where(here).exists()
    counted = select(_RATERS.c.rater_id).where(here, _RATERS.c.rater_id.not_in(standing.excluded(EXCLUSION.c.rater_id)))
    answered = select(_BALLOT.c.id).where(_BALLOT.c.campaign_id == _CAMPAIGN.c.id, _BALLOT.c.rater_id == rater_id)
    rows = connection_of(session).execute(
        select(_CAMPAIGN.c.id, _CAMPAIGN.c.state, counted.exists().label("takes_part"))
        .where(_CAMPAIGN.c.kind == kind, invited | answered.exists())
        .order_by(_CAMPAIGN.c.id)
    )
    return {int(number): CampaignMembership(CampaignState(state), bool(part)) for number, state, part in rows}


def set_state(session: Session, campaign_id: int, state: CampaignState, *, now: datetime) -> None:
    """Open, pause or close a campaign; pausing and closing withdraw what is reserved but not yet shown."""
    chain.lock(session)
    before = session.execute(select(_CAMPAIGN.c.state).where(_CAMPAIGN.c.id == campaign_id)).scalar()
    session.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(state=state))
    record(session, Subject.campaign, campaign_id, "state", old=before, new=state)
    if state is not CampaignState.open:
        session.execute(
            update(_BALLOT)
            .where(_BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state == BallotState.reserved)
            .values(state=BallotState.withdrawn, closed_at=now)
        )


def change_drawing(session: Session, campaign_id: int, *, overlap: int, policy: str, uniform_share: float) -> None:
    """Change how a campaign draws its pairs; ballots that were handed out keep theirs."""
    values = {"overlap": overlap, "policy": policy, "uniform_share": uniform_share}
    before = session.execute(select(*(_CAMPAIGN.c[name] for name in values)).where(_CAMPAIGN.c.id == campaign_id)).one()
    for name, value in values.items():
        record(session, Subject.campaign, campaign_id, name, old=getattr(before, name), new=value)
    session.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(values))


def set_guidelines(session: Session, campaign_id: int, body: str, *, now: datetime) -> int:
    """Store a new version of the guidelines and return its number; older ballots keep theirs."""
    version = (
        int(
            session.execute(
                select(func.coalesce(func.max(_GUIDELINES.c.version), 0)).where(
                    _GUIDELINES.c.campaign_id == campaign_id
                )
            ).scalar_one()
        )
        + 1
    )
    session.execute(
        insert(_GUIDELINES), {"campaign_id": campaign_id, "version": version, "body": body, "created_at": now}
    )
    session.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(guidelines_version=version))
    record(session, Subject.campaign, campaign_id, "guidelines", old=f"version {version - 1}", new=f"version {version}")
    return version


def guidelines(session: Session, campaign_id: int, version: int) -> str:
    """The Markdown of one version of the guidelines."""
    return str(
        session.execute(
            select(_GUIDELINES.c.body).where(_GUIDELINES.c.campaign_id == campaign_id, _GUIDELINES.c.version == version)
        ).scalar_one()
    )


def invite_raters(session: Session, campaign_id: int, rater_ids: Iterable[int]) -> int:
    """Invite people to a campaign and return the number of new ones; those invited before stay."""
    present = set(session.execute(select(_RATERS.c.rater_id).where(_RATERS.c.campaign_id == campaign_id)).scalars())
    fresh = [{"campaign_id": campaign_id, "rater_id": key} for key in dict.fromkeys(rater_ids) if key not in present]
    if fresh:
        session.execute(insert(_RATERS), fresh)
    for row in fresh:
        record(session, Subject.rater, row["rater_id"], "campaign", new=_name_of(session, campaign_id))
    return len(fresh)


def remove_rater(session: Session, campaign_id: int, rater_id: int, *, now: datetime) -> None:
    """Remove a person from a campaign and withdraw the ballots that are still open."""
    chain.lock(session)
    session.execute(delete(_RATERS).where(_RATERS.c.campaign_id == campaign_id, _RATERS.c.rater_id == rater_id))
    record(session, Subject.rater, rater_id, "campaign", old=_name_of(session, campaign_id))
    session.execute(
        update(_BALLOT)
        .where(
            _BALLOT.c.campaign_id == campaign_id,
            _BALLOT.c.rater_id == rater_id,
            _BALLOT.c.state.in_((BallotState.reserved, BallotState.shown)),
        )
        .values(state=BallotState.withdrawn, closed_at=now)
    )


def rater_ids(session: Session, campaign_id: int) -> list[int]:
    """The raters of a campaign."""
    return list(session.execute(select(_RATERS.c.rater_id).where(_RATERS.c.campaign_id == campaign_id)).scalars())


def contestants(session: Session, names: Sequence[str]) -> dict[str, int]:
    """Standing ids by name: the named models, or all models with a response that can be shown.

    Raises:
        NotFound: one of the names is not in the store.
    """
    chosen = select(_MODEL.c.name, _MODEL.c.standing_id).distinct().order_by(_MODEL.c.name)
    if names:
        meant = standing_names(session, names)
        missing = [name for name in names if name not in meant]
        if missing:
            raise NotFound(f"no model {missing[0]!r} in this store; {suggestion(session, missing[0])}")
        chosen = chosen.where(_MODEL.c.name.in_(meant.values()))
    else:
        answered = select(_RESPONSE.c.id).where(
            _RESPONSE.c.model_id == _MODEL.c.id, _RESPONSE.c.state.in_(SHOWABLE_STATES)
        )
        chosen = chosen.where(answered.exists())
    return {str(name): int(number) for name, number in session.execute(chosen)}


def eligible_questions(session: Session, choice: QuestionChoice) -> list[int]:
    """Questions with a text that meet all filters, in the order in which they were stored."""
    meets = conditions(session, choice)
    return list(session.execute(select(_QUESTION.c.id).where(*meets).order_by(_QUESTION.c.id)).scalars())


def showable_responses(session: Sql, campaign_id: int) -> list[tuple[int, int, int]]:
    """`(question, standing model, response)` ids of a campaign, ordered so; of several samples the first stored one.

    Questions that are excluded from boards are left out.
    """
    excluded = standing.excluded(EXCLUSION.c.question_id)
    rows = connection_of(session).execute(
        select(_RESPONSE.c.question_id, _MODEL.c.standing_id, func.min(_RESPONSE.c.id))
        .select_from(_RESPONSE)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .join(_QUESTIONS, _QUESTIONS.c.question_id == _RESPONSE.c.question_id)
        .join(_MODELS, (_MODELS.c.model_id == _RESPONSE.c.model_id) & (_MODELS.c.campaign_id == campaign_id))
        .where(
            _QUESTIONS.c.campaign_id == campaign_id,
            _RESPONSE.c.state.in_(SHOWABLE_STATES),
            _RESPONSE.c.question_id.not_in(excluded),
        )
        .group_by(_RESPONSE.c.question_id, _MODEL.c.standing_id)
        .order_by(_RESPONSE.c.question_id, _MODEL.c.standing_id)
    )
    return [(int(question), int(model), int(response)) for question, model, response in rows]


def rater_counts(session: Session, campaign_id: int) -> dict[int, dict[BallotState, int]]:
    """Ballots by rater and state."""
    rows: Any = session.execute(
        select(_BALLOT.c.rater_id, _BALLOT.c.state, func.count())
        .where(_BALLOT.c.campaign_id == campaign_id)
        .group_by(_BALLOT.c.rater_id, _BALLOT.c.state)
    )
    found: dict[int, dict[BallotState, int]] = {}
    for rater, state, number in rows:
        found.setdefault(int(rater), {})[BallotState(state)] = int(number)
    return found


def names(session: Session, campaign_id: int) -> tuple[list[str], int]:
    """The names of the models of a campaign, and its number of questions."""
    models = session.execute(
        select(_MODEL.c.name)
        .distinct()
        .join(_MODELS, _MODELS.c.model_id == _MODEL.c.id)
        .where(_MODELS.c.campaign_id == campaign_id)
        .order_by(_MODEL.c.name)
    ).scalars()
    number = session.execute(
        select(func.count()).select_from(_QUESTIONS).where(_QUESTIONS.c.campaign_id == campaign_id)
    ).scalar_one()
    return list(models), int(number)


def _name_of(session: Session, campaign_id: int) -> str:
    return str(session.execute(select(_CAMPAIGN.c.name).where(_CAMPAIGN.c.id == campaign_id)).scalar())
