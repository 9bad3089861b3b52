"""What raters answered to gold items: which answers are right, and the items with names and counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, or_, select
from sqlmodel import Session

from storage.campaigns.gold import TURNED
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import Preference, Satisfaction
from storage.database.quality_tables import GoldItem
from storage.database.tables import Ballot, Question, Response
from storage.ledger import standing
from storage.questions.model_names import STANDING_MODELS
from storage.values import SpecialDraw

_GOLD, _BALLOT, _PREFERENCE = table_of(GoldItem), table_of(Ballot), table_of(Preference)
_SCORE, _QUESTION, _RESPONSE = table_of(Satisfaction), table_of(Question), table_of(Response)
_MODEL = STANDING_MODELS


@dataclass(frozen=True)
class GoldLine:
    """A gold item with names, for people who run the campaign.

    Attributes:
        id: number of the item.
        source: source of the question.
        question: key of the question.
        model_a: model of response A.
        model_b: model of response B; None for a single response.
        winner: right answer in terms of A and B; None for a single response.
        dimension: dimension of the score; None for a pair.
        score_low: lowest accepted score; None for a pair.
        score_high: highest accepted score; None for a pair.
        onboarding: whether the item is asked first, with feedback.
        explanation: why the answer is right; None without one.
        answers: number of votes or scores on the item that stand.
        right: number of those that are right.
    """

    id: int
    source: str
    question: str
    model_a: str
    model_b: str | None
    winner: str | None
    dimension: str | None
    score_low: float | None
    score_high: float | None
    onboarding: bool
    explanation: str | None
    answers: int
    right: int


@dataclass(frozen=True)
class GoldAnswer:
    """One standing answer to a gold item.

    Attributes:
        gold_id: number of the item.
        rater_id: the rater.
        is_right: whether the answer is the right one.
        onboarding: whether the rater saw the right answer afterwards.
        answered_at: time of the answer.
    """

    gold_id: int
    rater_id: int
    is_right: bool
    onboarding: bool
    answered_at: datetime


def gold_answers(
    session: Sql, campaign_id: int | None = None, *, rater_id: int | None = None, after: datetime | None = None
) -> list[GoldAnswer]:
    """The standing votes and scores on gold items, in the order given; each counts for the items in force.

    A score is right within the accepted range. Who could not judge a response gave no right answer.

    Args:
        session: a session or connection.
        campaign_id: only this campaign; None for all.
        rater_id: only this rater; None for all.
        after: only answers given after this time.
    """
    found: list[tuple[int, GoldAnswer]] = []
    for table, statement in ((_PREFERENCE, _votes()), (_SCORE, _scores())):
        chosen = statement.where(*_conditions(table, campaign_id, rater_id, after))
        for position, number, rater, policy, moment, *said in connection_of(session).execute(chosen):
            is_right = _is_right_vote(*said) if table is _PREFERENCE else _is_right_score(*said)
            answer = GoldAnswer(number, rater, is_right, policy == SpecialDraw.onboarding, moment)
            found.append((position, answer))
    return [answer for _, answer in sorted(found, key=lambda one: one[0])]


def _votes() -> Select[Any]:
    """Votes on pairs that are gold items: position, item, rater, policy, time, and what says whether one is right."""
    vote, ballot = _PREFERENCE, _BALLOT
    return (
        select(vote.c.position, _GOLD.c.id, vote.c.rater_id, ballot.c.policy, vote.c.created_at)
        .add_columns(vote.c.winner, _GOLD.c.winner, ballot.c.swapped)
        .select_from(vote)
        .join(ballot, ballot.c.id == vote.c.ballot_id)
        .join(
            _GOLD,
            (_GOLD.c.campaign_id == ballot.c.campaign_id)
            & (_GOLD.c.question_id == ballot.c.question_id)
            & (_GOLD.c.response_a_id == ballot.c.response_a_id)
            & (_GOLD.c.response_b_id == ballot.c.response_b_id),
        )
    )


def _scores() -> Select[Any]:
    """Scores of responses that are gold items, with the same columns first."""
    score, ballot = _SCORE, _BALLOT
    return (
        select(score.c.position, _GOLD.c.id, score.c.rater_id, ballot.c.policy, score.c.created_at)
        .add_columns(score.c.score, _GOLD.c.score_low, _GOLD.c.score_high)
        .select_from(score)
        .join(ballot, ballot.c.id == score.c.ballot_id)
        .join(
            _GOLD,
            (_GOLD.c.campaign_id == ballot.c.campaign_id)
            & (_GOLD.c.question_id == ballot.c.question_id)
            & (_GOLD.c.response_a_id == score.c.response_id)
            & _GOLD.c.response_b_id.is_(None)
            & or_(_GOLD.c.dimension.is_(None), _GOLD.c.dimension == score.c.dimension),
        )
    )


def _conditions(
    table: Table, campaign_id: int | None, rater_id: int | None, after: datetime | None
) -> list[ColumnElement[bool]]:
    chosen = [
        _GOLD.c.removed_at.is_(None),
        _BALLOT.c.policy.in_((SpecialDraw.gold, SpecialDraw.onboarding)),
        standing.stands(table),
    ]
    for column, value in ((_BALLOT.c.campaign_id, campaign_id), (table.c.rater_id, rater_id)):
        if value is not None:
            chosen.append(column == value)
    return chosen if after is None else [*chosen, table.c.created_at > after]


def _is_right_vote(given: str, right: Any, swapped: bool) -> bool:  # noqa: ANN401, FBT001  columns of a row
    return bool(given == (TURNED.get(right, right) if swapped else right))


def _is_right_score(given: float | None, low: float, high: float) -> bool:
    return given is not None and low <= given <= high


def list_gold(session: Session, campaign_id: int) -> list[GoldLine]:
    """The gold items of a campaign in force, with names and the answers given to them."""
    first, second, model_a, model_b = _RESPONSE.alias(), _RESPONSE.alias(), _MODEL.alias(), _MODEL.alias()
    rows = session.execute(
        select(_GOLD, _QUESTION.c.source, _QUESTION.c.key, model_a.c.name.label("a"), model_b.c.name.label("b"))
        .join(_QUESTION, _QUESTION.c.id == _GOLD.c.question_id)
        .join(first, first.c.id == _GOLD.c.response_a_id)
        .join(model_a, model_a.c.id == first.c.model_id)
        .outerjoin(second, second.c.id == _GOLD.c.response_b_id)
        .outerjoin(model_b, model_b.c.id == second.c.model_id)
        .where(_GOLD.c.campaign_id == campaign_id, _GOLD.c.removed_at.is_(None))
        .order_by(_GOLD.c.id)
    ).all()
    answers = gold_answers(session, campaign_id)
    return [
        GoldLine(
            row.id,
            row.source,
            row.key,
            row.a,
            row.b,
            row.winner,
            row.dimension,
            row.score_low,
            row.score_high,
            bool(row.onboarding),
            row.explanation,
            sum(one.gold_id == row.id for one in answers),
            sum(one.is_right for one in answers if one.gold_id == row.id),
        )
        for row in rows
    ]
