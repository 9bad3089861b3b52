"""Counts for people who run studies: who did how much, what the store holds, what a new study could ask.

Nothing here is used on the path of a vote; a page asks when somebody looks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select
from sqlmodel import Session

from storage.campaigns.campaigns import rater_counts
from storage.database.columns import table_of
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.database.tables import Account, Ballot, Campaign, CampaignRater, Invite, Model, Question, Rater, Response
from storage.ledger import standing
from storage.ledger.standing import EXCLUSION
from storage.values import SHOWABLE_STATES, BallotState, RaterKind, Role

_ACCOUNT, _BALLOT, _CAMPAIGN = table_of(Account), table_of(Ballot), table_of(Campaign)
_INVITE, _MEMBER = table_of(Invite), table_of(CampaignRater)
_MODEL, _PREFERENCE, _QUESTION = table_of(Model), table_of(Preference), table_of(Question)
_RATER, _RESPONSE = table_of(Rater), table_of(Response)
_JUDGEMENT, _SATISFACTION = table_of(Judgment), table_of(Satisfaction)

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class AnnotatorProgress:
    """What one person did in one study.

    Attributes:
        rater_id: who.
        name: the sign-in name, or the rater's key where there is no account.
        ballots: this person's ballots by state.
        median_seconds: for a verdict that stands, None when no time is known.
    """

    rater_id: int
    name: str
    ballots: dict[BallotState, int]
    median_seconds: float | None


@dataclass(frozen=True)
class RaterLine:
    """One person who judges, with or without an account.

    Attributes:
        rater_id: who.
        name: the sign-in name, or the key under which this person was imported.
        source: `evenhand` for people who sign in here, else that of the imported file.
        role: None for an imported rater.
        active: whether this person may sign in; None without an account.
        campaigns: names of the studies that this person was invited to.
        votes: verdicts that stand: not undone, replaced or void.
        exclusion: why this rater is left out of boards, None when the rater counts.
    """

    rater_id: int
    name: str
    source: str
    role: Role | None
    active: bool | None
    campaigns: tuple[str, ...]
    votes: int
    exclusion: str | None


@dataclass(frozen=True)
class SourceLine:
    """What the store holds of one source of questions.

    Attributes:
        source: name of the source.
        questions: those with a text.
        placeholders: those of which only the key is known.
        responses: all, whatever their state.
        votes: verdicts of people that stand.
        judgements: verdicts of judges.
        scores: single-response scores.
    """

    source: str
    questions: int = 0
    placeholders: int = 0
    responses: int = 0
    votes: int = 0
    judgements: int = 0
    scores: int = 0


@dataclass(frozen=True)
class QuestionFilters:
    """Which studies the questions of the store allow: the values of those that have a text, in order."""

    category: tuple[str, ...] = field(default_factory=tuple)
    language: tuple[str, ...] = field(default_factory=tuple)
    source: tuple[str, ...] = field(default_factory=tuple)


def workers(session: Session, campaign_id: int) -> list[AnnotatorProgress]:
    """Everybody who was invited to a study or holds a ballot of it, by name."""
    invited = select(_MEMBER.c.rater_id).where(_MEMBER.c.campaign_id == campaign_id)
    active = select(_BALLOT.c.rater_id).where(_BALLOT.c.campaign_id == campaign_id)
    people = select(_RATER.c.id, _name()).select_from(_with_account()).where(_RATER.c.id.in_(invited.union(active)))
    ballots = rater_counts(session, campaign_id)
    seconds = _seconds(session, campaign_id)
    found = [
        AnnotatorProgress(
            int(number), str(name), ballots.get(number, {}), median(seconds[number]) if number in seconds else None
        )
        for number, name in session.execute(people)
    ]
    return sorted(found, key=lambda one: _in_order(one.name))


def raters(session: Session) -> list[RaterLine]:
    """Every person who judges: those with an account by name, then the imported and erased ones."""
    votes = _grouped(
        session,
        select(_PREFERENCE.c.rater_id, func.count()).where(standing.stands(_PREFERENCE)),
        _PREFERENCE.c.rater_id,
    )
    reasons = _exclusion_reasons(session)
    studies: dict[int, list[str]] = {}
    joined = select(_MEMBER.c.rater_id, _CAMPAIGN.c.name).join(_CAMPAIGN, _CAMPAIGN.c.id == _MEMBER.c.campaign_id)
    for number, name in session.execute(joined.order_by(_CAMPAIGN.c.id)):
        studies.setdefault(number, []).append(str(name))
    people = (
        select(_RATER.c.id, _name(), _RATER.c.source, _RATER.c.role, _ACCOUNT.c.active)
        .select_from(_with_account())
        .where(_RATER.c.kind == RaterKind.human)
    )
    found = [
        RaterLine(
            rater_id=int(row[0]),
            name=str(row[1]),
            source=str(row[2]),
            role=None if row[3] is None else Role(row[3]),
            active=row[4],
            campaigns=tuple(studies.get(row[0], ())),
            votes=votes.get(row[0], 0),
            exclusion=reasons.get(row[0]),
        )
        for row in session.execute(people)
    ]
    return sorted(found, key=lambda line: (line.active is None, line.source, _in_order(line.name)))


def sources(session: Session) -> list[SourceLine]:
    """What the store holds, by source of the question, in alphabetical order."""
    of_question = _QUESTION.c.source
    known = select(of_question, func.count()).where(_QUESTION.c.turns.is_not(None))
    unknown = select(of_question, func.count()).where(_QUESTION.c.turns.is_(None))
    counts = {
        "questions": known,
        "placeholders": unknown,
        "responses": _of_questions(_RESPONSE),
        "votes": _of_questions(_PREFERENCE).where(standing.stands(_PREFERENCE)),
        "judgements": _of_questions(_JUDGEMENT).where(standing.stands(_JUDGEMENT)),
        "scores": _of_questions(_SATISFACTION).where(standing.stands(_SATISFACTION)),
    }
    found: dict[str, dict[str, int]] = {}
    for what, statement in counts.items():
        for source, number in session.execute(statement.group_by(of_question)):
            found.setdefault(str(source), {})[what] = int(number)
    return [SourceLine(source, **found[source]) for source in sorted(found)]


def n_models(session: Session) -> int:
    """How many models the store knows, with or without responses."""
    return int(session.execute(select(func.count()).select_from(_MODEL)).scalar_one())


def n_open_invites(session: Session, *, now: datetime) -> int:
    """How many invitations can still be accepted."""
    still = (_INVITE.c.used_at.is_(None), _INVITE.c.expires_at > now)
    return int(session.execute(select(func.count()).select_from(_INVITE).where(*still)).scalar_one())


def question_filters(session: Session) -> QuestionFilters:
    """The categories, languages and sources of the questions that can be shown."""
    values = {}
    for name in ("category", "language", "source"):
        column = _QUESTION.c[name]
        asked = select(column).where(_QUESTION.c.turns.is_not(None), column.is_not(None)).distinct()
        values[name] = tuple(sorted(str(value) for value in session.execute(asked).scalars()))
    return QuestionFilters(**values)


def answers_per_question(
    session: Session,
    models: Iterable[int],
    *,
    category: str | None = None,
    language: str | None = None,
    source: str | None = None,
) -> Sequence[int]:
    """For each question with a text that meets the filters, how many of these models answered it (0 is left out)."""
    chosen = (
        select(func.count(_RESPONSE.c.model_id.distinct()))
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .where(
            _QUESTION.c.turns.is_not(None),
            _RESPONSE.c.state.in_(SHOWABLE_STATES),
            _RESPONSE.c.model_id.in_(list(models)),
        )
        .group_by(_RESPONSE.c.question_id)
    )
    filters = ((_QUESTION.c.category, category), (_QUESTION.c.language, language), (_QUESTION.c.source, source))
    for column, value in filters:
        if value is not None:
            chosen = chosen.where(column == value)
    return [int(number) for number in session.execute(chosen).scalars()]


def _name() -> ColumnElement[str]:
    return func.coalesce(_ACCOUNT.c.username, _RATER.c.key)


def _in_order(name: str) -> list[tuple[int, str]]:
    """A sort key by which "rater 2" comes before "rater 10"."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(name)]


def _with_account() -> Any:  # noqa: ANN401  a join has no public type
    return _RATER.outerjoin(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)


def _seconds(session: Session, campaign_id: int) -> dict[int, list[float]]:
    timed = (
        select(_PREFERENCE.c.rater_id, _PREFERENCE.c.seconds)
        .join(_BALLOT, _BALLOT.c.id == _PREFERENCE.c.ballot_id)
        .where(_BALLOT.c.campaign_id == campaign_id, _PREFERENCE.c.seconds.is_not(None), standing.stands(_PREFERENCE))
    )
    found: dict[int, list[float]] = {}
    for rater, seconds in session.execute(timed):
        found.setdefault(int(rater), []).append(float(seconds))
    return found


def _exclusion_reasons(session: Session) -> dict[int, str]:
    in_force = standing.excluded(EXCLUSION.c.rater_id).add_columns(EXCLUSION.c.reason)
    return {int(rater): str(reason) for rater, reason in session.execute(in_force)}


def _of_questions(table: Table) -> Select[Any]:
    """Counts the rows of a table that are about questions, by source of the question; grouped by the caller."""
    rows = _QUESTION.join(table, table.c.question_id == _QUESTION.c.id)
    return select(_QUESTION.c.source, func.count()).select_from(rows)


def _grouped(session: Session, statement: Select[Any], column: ColumnElement[Any]) -> dict[int, int]:
    return {int(key): int(number) for key, number in session.execute(statement.group_by(column))}
