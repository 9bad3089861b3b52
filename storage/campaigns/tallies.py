"""Counts for people who run campaigns: work per annotator, content per source, filters for questions.

Pages compute them on request; no vote waits for them.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select
from sqlmodel import Session

from storage.campaigns.campaigns import rater_counts
from storage.campaigns.question_choice import QuestionChoice, conditions
from storage.database.columns import table_of
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.database.tables import Account, Ballot, Campaign, CampaignRater, Invite, Question, Rater, Response
from storage.ledger import standing
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import STANDING_MODELS
from storage.values import SHOWABLE_STATES, BallotState, RaterKind, Role, SpecialDraw

_ACCOUNT, _BALLOT, _CAMPAIGN = table_of(Account), table_of(Ballot), table_of(Campaign)
_INVITE, _MEMBER = table_of(Invite), table_of(CampaignRater)
_MODEL, _PREFERENCE, _QUESTION = STANDING_MODELS, table_of(Preference), table_of(Question)
_RATER, _RESPONSE = table_of(Rater), table_of(Response)
_JUDGMENT, _SATISFACTION = table_of(Judgment), table_of(Satisfaction)

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class AnnotatorProgress:
    """The work of one person in one campaign.

    Attributes:
        rater_id: id of the rater.
        name: user name, or the key of the rater where there is no account.
        ballots: number of the person's ballots by state.
        special: number of answers among them on gold items, on onboarding items, and on repeats.
        median_seconds: median time of a standing vote or rating in seconds, None where no time is known.
        excluded: whether the person's answers are left out of leaderboards and of the campaign's progress.
    """

    rater_id: int
    name: str
    ballots: dict[BallotState, int]
    special: dict[SpecialDraw, int]
    median_seconds: float | None
    excluded: bool = False

    @property
    def ordinary(self) -> int:
        """The number of answers that the campaign asked for: those that are not special."""
        return self.ballots.get(BallotState.voted, 0) - sum(self.special.values())


@dataclass(frozen=True)
class RaterLine:
    """One person who rates, with or without an account.

    Attributes:
        rater_id: id of the rater.
        name: user name, or the key under which the person was imported.
        source: `evenhand` for people who sign in here, otherwise the source of the imported file.
        role: role of the account, None for an imported rater.
        active: whether the person may sign in; None without an account.
        campaigns: names of the campaigns to which the person was invited.
        votes: number of votes that stand: not undone, replaced or void.
        ratings: number of responses with scores that stand; a response that was shown again counts again.
        exclusion: reason why the rater is excluded from leaderboards, None for a rater who counts.
    """

    rater_id: int
    name: str
    source: str
    role: Role | None
    active: bool | None
    campaigns: tuple[str, ...]
    votes: int
    ratings: int
    exclusion: str | None


@dataclass(frozen=True)
class SourceLine:
    """What the store holds of one source of questions.

    Attributes:
        source: name of the source.
        questions: number of questions with a text.
        placeholders: number of questions whose text is unknown.
        responses: number of responses in any state.
        votes: number of votes that stand.
        judgments: number of judgments that stand.
        scores: number of scores that stand.
    """

    source: str
    questions: int = 0
    placeholders: int = 0
    responses: int = 0
    votes: int = 0
    judgments: int = 0
    scores: int = 0


@dataclass(frozen=True)
class QuestionFilters:
    """The values by which a new campaign can choose questions: those of questions with a text, in order."""

    category: tuple[str, ...] = field(default_factory=tuple)
    language: tuple[str, ...] = field(default_factory=tuple)
    source: tuple[str, ...] = field(default_factory=tuple)


def workers(session: Session, campaign_id: int) -> list[AnnotatorProgress]:
    """Everybody who was invited to a campaign or has a ballot of it, by name."""
    invited = select(_MEMBER.c.rater_id).where(_MEMBER.c.campaign_id == campaign_id)
    active = select(_BALLOT.c.rater_id).where(_BALLOT.c.campaign_id == campaign_id)
    people = select(_RATER.c.id, _name()).select_from(_with_account()).where(_RATER.c.id.in_(invited.union(active)))
    ballots, special = rater_counts(session, campaign_id), _special(session, campaign_id)
    seconds, excluded = _seconds(session, campaign_id), _exclusion_reasons(session)
    found = [
        AnnotatorProgress(
            int(number),
            str(name),
            ballots.get(number, {}),
            special.get(number, {}),
            median(seconds[number]) if number in seconds else None,
            number in excluded,
        )
        for number, name in session.execute(people)
    ]
    return sorted(found, key=lambda one: _in_order(one.name))


def raters(session: Session) -> list[RaterLine]:
    """Every person who rates: people with an account by name, then imported and erased ones."""
    votes = _grouped(
        session,
        select(_PREFERENCE.c.rater_id, func.count()).where(standing.stands(_PREFERENCE)),
        _PREFERENCE.c.rater_id,
    )
    rated = (
        select(*(_SATISFACTION.c[name] for name in ("rater_id", "ballot_id", "question_id", "model_id")))
        .where(standing.stands(_SATISFACTION))
        .distinct()
        .subquery()
    )
    ratings = _grouped(session, select(rated.c.rater_id, func.count()), rated.c.rater_id)
    reasons = _exclusion_reasons(session)
    campaigns: dict[int, list[str]] = {}
    joined = select(_MEMBER.c.rater_id, _CAMPAIGN.c.name).join(_CAMPAIGN, _CAMPAIGN.c.id == _MEMBER.c.campaign_id)
    for number, name in session.execute(joined.order_by(_CAMPAIGN.c.id)):
        campaigns.setdefault(number, []).append(str(name))
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
            campaigns=tuple(campaigns.get(row[0], ())),
            votes=votes.get(row[0], 0),
            ratings=ratings.get(row[0], 0),
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
        "judgments": _of_questions(_JUDGMENT).where(standing.stands(_JUDGMENT)),
        "scores": _of_questions(_SATISFACTION).where(standing.stands(_SATISFACTION)),
    }
    found: dict[str, dict[str, int]] = {}
    for what, statement in counts.items():
        for source, number in session.execute(statement.group_by(of_question)):
            found.setdefault(str(source), {})[what] = int(number)
    return [SourceLine(source, **found[source]) for source in sorted(found)]


def n_open_ballots(session: Session, campaign_id: int) -> int:
    """The number of ballots of a campaign that raters hold, on screen or in reserve."""
    held = (BallotState.reserved, BallotState.shown)
    chosen = select(func.count()).where(_BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state.in_(held))
    return int(session.execute(chosen).scalar_one())


def n_models(session: Session) -> int:
    """The number of standing models in the store, with or without responses."""
    return int(session.execute(select(func.count(_MODEL.c.standing_id.distinct()))).scalar_one())


def n_open_invites(session: Session, *, now: datetime) -> int:
    """The number of invitations that can still be accepted."""
    still = (_INVITE.c.used_at.is_(None), _INVITE.c.expires_at > now)
    return int(session.execute(select(func.count()).select_from(_INVITE).where(*still)).scalar_one())


def last_answered(session: Session, among: Collection[int]) -> int | None:
    """The campaign, among these, in which a ballot was answered last; None without an answer."""
    chosen = (
        select(_BALLOT.c.campaign_id)
        .where(_BALLOT.c.campaign_id.in_(among), _BALLOT.c.state == BallotState.voted)
        .order_by(_BALLOT.c.closed_at.desc(), _BALLOT.c.id.desc())
        .limit(1)
    )
    found = session.execute(chosen).scalar()
    return None if found is None else int(found)


def question_filters(session: Session) -> QuestionFilters:
    """The categories, languages and sources of the questions that can be shown."""
    values = {}
    for name in ("category", "language", "source"):
        column = _QUESTION.c[name]
        distinct = select(column).where(_QUESTION.c.turns.is_not(None), column.is_not(None)).distinct()
        values[name] = tuple(sorted(str(value) for value in session.execute(distinct).scalars()))
    return QuestionFilters(**values)


def answers_per_question(session: Session, models: Iterable[int], choice: QuestionChoice) -> dict[int, int]:
    """The number of these models that answered each question that meets the filters.

    Questions that nobody answered, that have no text, or that are excluded from boards are left out.
    """
    chosen = (
        select(_RESPONSE.c.question_id, func.count(_MODEL.c.standing_id.distinct()))
        .select_from(_RESPONSE)
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(
            *conditions(session, choice),
            _RESPONSE.c.state.in_(SHOWABLE_STATES),
            _RESPONSE.c.question_id.not_in(standing.excluded(EXCLUSION.c.question_id)),
            _MODEL.c.standing_id.in_(list(models)),
        )
        .group_by(_RESPONSE.c.question_id)
    )
    return {int(question): int(number) for question, number in session.execute(chosen)}


def _name() -> ColumnElement[str]:
    return func.coalesce(_ACCOUNT.c.username, _RATER.c.key)


def _in_order(name: str) -> list[tuple[int, str]]:
    """A sort key by which "rater 2" comes before "rater 10"."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(name)]


def _with_account() -> Any:  # noqa: ANN401  a join has no public type
    return _RATER.outerjoin(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)


def _special(session: Session, campaign_id: int) -> dict[int, dict[SpecialDraw, int]]:
    """The number of answers on gold items, onboarding items and repeats, by rater."""
    chosen = (
        select(_BALLOT.c.rater_id, _BALLOT.c.policy, func.count())
        .where(_BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state == BallotState.voted)
        .where(_BALLOT.c.policy.in_(list(SpecialDraw)))
        .group_by(_BALLOT.c.rater_id, _BALLOT.c.policy)
    )
    found: dict[int, dict[SpecialDraw, int]] = {}
    for rater, policy, number in session.execute(chosen):
        found.setdefault(int(rater), {})[SpecialDraw(policy)] = int(number)
    return found


def _seconds(session: Session, campaign_id: int) -> dict[int, list[float]]:
    """The times of standing votes and ratings, one for each ballot, by rater."""
    found: dict[int, dict[int, float]] = {}
    for table in (_PREFERENCE, _SATISFACTION):
        timed = (
            select(table.c.rater_id, table.c.ballot_id, table.c.seconds)
            .join(_BALLOT, _BALLOT.c.id == table.c.ballot_id)
            .where(_BALLOT.c.campaign_id == campaign_id, table.c.seconds.is_not(None), standing.stands(table))
        )
        for rater, ballot, seconds in session.execute(timed):
            found.setdefault(int(rater), {}).setdefault(int(ballot), float(seconds))
    return {rater: list(times.values()) for rater, times in found.items()}


def _exclusion_reasons(session: Session) -> dict[int, str]:
    in_force = standing.excluded(EXCLUSION.c.rater_id).add_columns(EXCLUSION.c.reason)
    return {int(rater): str(reason) for rater, reason in session.execute(in_force)}


def _of_questions(table: Table) -> Select[Any]:
    """A count of the rows of a table by source of their question; the caller adds the grouping."""
    rows = _QUESTION.join(table, table.c.question_id == _QUESTION.c.id)
    return select(_QUESTION.c.source, func.count()).select_from(rows)


def _grouped(session: Session, statement: Select[Any], column: ColumnElement[Any]) -> dict[int, int]:
    return {int(key): int(number) for key, number in session.execute(statement.group_by(column))}
