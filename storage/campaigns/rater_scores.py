"""The ballots on which people scored responses, with what their ballots tell: times, gold items and repeats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from storage.campaigns.rater_votes import hidden_seconds, server_seconds
from storage.database.columns import table_of
from storage.database.ledger_tables import Satisfaction
from storage.database.quality_tables import BallotTime
from storage.database.tables import Ballot
from storage.ledger import standing

_SCORE, _BALLOT, _TIME = table_of(Satisfaction), table_of(Ballot), table_of(BallotTime)


@dataclass(frozen=True)
class ScoredBallot:
    """One ballot with standing scores; ballots on which a vote was given are none.

    Attributes:
        rater_id: the rater.
        campaign_id: campaign of the ballot.
        question_id: the question.
        scores: step by response and dimension; None where the rater could not judge.
        policy: policy by which the ballot was drawn, or a value of `SpecialDraw`.
        seconds: time from showing to the answer as the server measured it; None when unknown.
        hidden_seconds: time for which the page was in a hidden tab; None when unknown.
    """

    rater_id: int
    campaign_id: int
    question_id: int
    scores: Mapping[tuple[int, str], float | None]
    policy: str
    seconds: float | None
    hidden_seconds: float | None

    @property
    def shown_ids(self) -> tuple[int, ...]:
        """The responses that were scored."""
        return tuple(dict.fromkeys(response for response, _ in self.scores))

    @property
    def content(self) -> tuple[int, int, frozenset[int]]:
        """Campaign, question and responses, in whatever order."""
        return self.campaign_id, self.question_id, frozenset(self.shown_ids)


def scored_ballots(session: Session, campaign_id: int | None = None) -> list[ScoredBallot]:
    """The ballots with standing scores of one campaign, or of all, in the order of the ledger."""
    score, ballot = _SCORE, _BALLOT
    chosen = (
        select(
            ballot.c.id,
            score.c.rater_id,
            ballot.c.campaign_id,
            score.c.question_id,
            score.c.response_id,
            score.c.dimension,
            score.c.score,
            score.c.seconds,
            ballot.c.policy,
            ballot.c.shown_at,
            ballot.c.closed_at,
            ballot.c.undos,
            _TIME.c.active_seconds,
            _TIME.c.hidden_seconds,
        )
        .select_from(score)
        .join(ballot, ballot.c.id == score.c.ballot_id)
        .outerjoin(_TIME, _TIME.c.ballot_id == ballot.c.id)
        .where(ballot.c.response_b_id.is_(None), standing.stands(score))
        .order_by(score.c.position)
    )
    if campaign_id is not None:
        chosen = chosen.where(ballot.c.campaign_id == campaign_id)
    rows: dict[int, list[Any]] = {}
    for row in session.execute(chosen):
        rows.setdefault(row.id, []).append(row)
    return [
        ScoredBallot(
            one[0].rater_id,
            one[0].campaign_id,
            one[0].question_id,
            {(row.response_id, row.dimension): row.score for row in one},
            one[0].policy,
            server_seconds(one[0]),
            hidden_seconds(one[0]),
        )
        for one in rows.values()
    ]
