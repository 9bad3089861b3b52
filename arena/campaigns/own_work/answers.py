"""What the own answers of a rater have in common: whose ballot it is, and whether its answer may still change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Connection

from arena.campaigns.open_ballots import OpenBallot
from storage.campaigns import ballots, rules
from storage.campaigns.ballots import BallotRow
from storage.campaigns.campaigns import CampaignMembership, memberships
from storage.database.engine import Database
from storage.errors import Conflict, NotFound
from storage.values import BallotState, CampaignKind, CampaignState, SpecialDraw


class OwnAnswers:
    """The own answers of raters in campaigns of one kind over one store; thread-safe.

    Attributes:
        kind: kind of the campaigns.
    """

    kind: ClassVar[CampaignKind]

    def __init__(self, database: Database, *, clock: Callable[[], datetime], mint: Callable[[], str]) -> None:
        """Serve a store; arguments as in `arena.campaigns.service.VotingService`."""
        self._database = database
        self._clock = clock
        self._mint = mint

    def ballot(self, rater_id: int, token: str) -> OpenBallot:
        """What an own ballot shows, open or closed.

        Raises:
            NotFound: the rater has no such ballot.
        """
        with self._reading() as connection:
            return visible(connection, self._own(connection, rater_id, token))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection on one snapshot; somebody who only looks waits for no writer."""
        with self._database.reading() as session:
            yield session.connection()

    def _changeable(self, connection: Connection, rater_id: int, token: str) -> BallotRow:
        """An own answered ballot of a campaign that takes changes from this rater now."""
        row = self._own(connection, rater_id, token)
        if row.state != BallotState.voted:
            raise Conflict("this ballot has no answer of yours that could be changed")
        here = self._check_known(connection, rater_id, row.campaign_id)
        chosen = rules.rules_of(connection, row.campaign_id)
        is_over = chosen.deadline is not None and self._clock() >= chosen.deadline
        is_paused = rules.is_paused(connection, row.campaign_id, rater_id)
        if here.state is not CampaignState.open or not here.takes_part or is_over or is_paused:
            raise Conflict("this campaign takes no changes from you at the moment, so your answer stays as it is")
        if chosen.onboarding_feedback and row.policy == SpecialDraw.onboarding:
            raise Conflict("the page told the expected answer of this practice item, so your answer stays as it is")
        return row

    def _own(self, connection: Connection, rater_id: int, token: str) -> BallotRow:
        row = ballots.by_token(connection, token)
        if row is None or row.rater_id != rater_id:
            raise NotFound("this ballot is not yours or does not exist; reload the page")
        self._check_known(connection, rater_id, row.campaign_id)
        return row

    def _check_known(self, connection: Connection, rater_id: int, campaign_id: int) -> CampaignMembership:
        here = memberships(connection, rater_id, self.kind).get(campaign_id)
        if here is None:
            raise NotFound("this campaign does not exist or is not yours; choose another")
        return here


def visible(connection: Connection, row: BallotRow) -> OpenBallot:
    """The part of a ballot that its rater may see."""
    return OpenBallot(str(row.token), int(row.question_id), ballots.shown_responses(connection, row._asdict()))


def added_seconds(first: float | None, second: float | None) -> float | None:
    """The time of two looks at a ballot; None when both are unknown."""
    times = [seconds for seconds in (first, second) if seconds is not None]
    return sum(times) if times else None
