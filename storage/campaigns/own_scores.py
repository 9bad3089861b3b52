"""What a person has scored in a campaign, newest first, for that person's own history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from storage.campaigns.ballots import CLOSED, shown_responses
from storage.database.columns import table_of
from storage.database.tables import Ballot
from storage.ledger.ratings import scores_of_ballot
from storage.values import BallotState, ScoreState

_BALLOT = table_of(Ballot)


class OwnScoredBallot(NamedTuple):
    """One ballot that a person has closed, with the scores that stand.

    Attributes:
        token: token of the ballot.
        question_id: question of the ballot.
        closed_at: time at which the ballot was closed for the first time.
        scores: for each response, in the order shown, the step by dimension, None for "cannot judge"; empty for a skip.
        seconds: time for which the responses were visible; None when unknown.
        flag: fault that the person reported; None without one.
    """

    token: str
    question_id: int
    closed_at: datetime
    scores: tuple[dict[str, int | None], ...]
    seconds: float | None
    flag: str | None


def answered(
    connection: Connection, rater_id: int, campaign_id: int, *, limit: int | None = None
) -> Iterator[OwnScoredBallot]:
    """The last closed ballots of a person in a campaign, newest first; all of them without a limit."""
    chosen: Select[Any] = (
        select(_BALLOT)
        .where(_BALLOT.c.rater_id == rater_id, _BALLOT.c.campaign_id == campaign_id, _BALLOT.c.state.in_(CLOSED))
        .order_by(_BALLOT.c.closed_at.desc(), _BALLOT.c.id.desc())
    )
    for row in connection.execute(chosen if limit is None else chosen.limit(limit)).all():
        scored = row.state == BallotState.voted
        last = scores_of_ballot(connection, row.id) if scored else {}
        standing = {key: one for key, one in last.items() if one.state is not ScoreState.undone}
        scores = tuple(
            {
                dimension: None if one.score is None else round(one.score)
                for (of, dimension), one in standing.items()
                if of == response
            }
            for response in shown_responses(connection, row._asdict())
        )
        seconds = next((one.seconds for one in standing.values()), None)
        yield OwnScoredBallot(
            str(row.token), int(row.question_id), row.closed_at, scores if standing else (), seconds, row.flag
        )
