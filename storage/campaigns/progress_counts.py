"""The progress of a campaign: its ballots by state, its votes by pair of models, and its scored ballots by model."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import Preference, Satisfaction
from storage.database.tables import Ballot, Response
from storage.ledger import standing
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import STANDING_MODELS
from storage.values import BallotState, SpecialDraw, Winner

_BALLOT, _RESPONSE, _SCORE = table_of(Ballot), table_of(Response), table_of(Satisfaction)
_VOTE, _MODEL = table_of(Preference), STANDING_MODELS


@dataclass(frozen=True)
class CampaignCounts:
    """The ballots of a campaign by state, its votes by pair of models, and its scored ballots by model.

    The names of a pair are in alphabetical order. Ballots of excluded raters are left out; so are gold items and
    repeats, which `special` counts.

    Attributes:
        ballots: number of ordinary ballots by state.
        votes: number of ordinary votes by pair of models.
        scored: number of ordinary ballots with scores by model.
        special: number of answers on gold items, on onboarding items, and on repeats.
    """

    ballots: dict[BallotState, int]
    votes: dict[tuple[str, str], int]
    scored: dict[str, int]
    special: dict[SpecialDraw, int]


def campaign_counts(session: Session, campaign_id: int) -> CampaignCounts:
    """The progress of a campaign: ballots by state, and votes by pair of models."""
    counted = _BALLOT.c.rater_id.not_in(standing.excluded(EXCLUSION.c.rater_id))
    ordinary = _BALLOT.c.policy.not_in(list(SpecialDraw))
    states = session.execute(
        select(_BALLOT.c.state, func.count())
        .where(_BALLOT.c.campaign_id == campaign_id, counted, ordinary)
        .group_by(_BALLOT.c.state)
    )
    special = session.execute(
        select(_BALLOT.c.policy, func.count())
        .where(_BALLOT.c.campaign_id == campaign_id, counted, ~ordinary, _BALLOT.c.state == BallotState.voted)
        .group_by(_BALLOT.c.policy)
    )
    first, second = _RESPONSE.alias(), _RESPONSE.alias()
    model_a, model_b = _MODEL.alias(), _MODEL.alias()
    pairs = session.execute(
        select(model_a.c.name, model_b.c.name, func.count())
        .select_from(_BALLOT)
        .join(first, first.c.id == _BALLOT.c.response_a_id)
        .join(second, second.c.id == _BALLOT.c.response_b_id)
        .join(model_a, model_a.c.id == first.c.model_id)
        .join(model_b, model_b.c.id == second.c.model_id)
        .where(_BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state == BallotState.voted, counted, ordinary)
        .where(model_a.c.standing_id != model_b.c.standing_id)
        .group_by(model_a.c.name, model_b.c.name)
    )
    votes: dict[tuple[str, str], int] = {}
    for one, other, number in pairs:
        pair = (min(one, other), max(one, other))
        votes[pair] = votes.get(pair, 0) + int(number)
    shown = select(func.count(_SCORE.c.ballot_id.distinct()), _MODEL.c.name)
    scored = session.execute(
        shown.select_from(_SCORE)
        .join(_BALLOT, _BALLOT.c.id == _SCORE.c.ballot_id)
        .join(_MODEL, _MODEL.c.id == _SCORE.c.model_id)
        .where(_BALLOT.c.campaign_id == campaign_id, counted, ordinary, standing.stands(_SCORE))
        .group_by(_MODEL.c.name)
        .order_by(_MODEL.c.name)
    )
    return CampaignCounts(
        {BallotState(state): int(number) for state, number in states},
        votes,
        {str(name): int(number) for number, name in scored},
        {SpecialDraw(policy): int(number) for policy, number in special},
    )


@dataclass(frozen=True)
class OutcomeCount:
    """The number of standing votes of a campaign with one outcome, by standing models as they were shown.

    Attributes:
        model_a: id of the model shown left.
        model_b: id of the other model.
        winner: the outcome.
        votes: number of votes.
    """

    model_a: int
    model_b: int
    winner: Winner
    votes: int


def outcome_counts(session: Sql, campaign_id: int) -> list[OutcomeCount]:
    """Votes of a campaign by models and outcome, without gold items, repeats, and excluded raters."""
    model_a, model_b = _MODEL.alias(), _MODEL.alias()
    rows = connection_of(session).execute(
        select(model_a.c.standing_id, model_b.c.standing_id, _VOTE.c.winner, func.count())
        .select_from(_VOTE)
        .join(_BALLOT, _BALLOT.c.id == _VOTE.c.ballot_id)
        .join(model_a, model_a.c.id == _VOTE.c.model_a_id)
        .join(model_b, model_b.c.id == _VOTE.c.model_b_id)
        .where(
            _BALLOT.c.campaign_id == campaign_id,
            _BALLOT.c.rater_id.not_in(standing.excluded(EXCLUSION.c.rater_id)),
            _BALLOT.c.policy.not_in(list(SpecialDraw)),
            _VOTE.c.winner.is_not(None),
            model_a.c.standing_id != model_b.c.standing_id,
            standing.stands(_VOTE),
        )
        .group_by(model_a.c.standing_id, model_b.c.standing_id, _VOTE.c.winner)
        .order_by(model_a.c.standing_id, model_b.c.standing_id, _VOTE.c.winner)
    )
    return [OutcomeCount(int(one), int(other), Winner(winner), int(number)) for one, other, winner, number in rows]
