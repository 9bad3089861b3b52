"""Hand out ballots and record answers: the pipeline between the pages of raters and the ledger.

    voting = VotingService(database, clock=…, mint=…)
    ballots = voting.open_ballots(rater_id)           # the pair to show, and the next one
    ballots = voting.vote(rater_id, ballots.current.token, VoteInput(Winner.tie))

Each call is one transaction. The database decides whose ballot it is, whether it was answered, and whether a
place is free; so a token that is sent fifty times, or from two tabs, writes one row.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Connection

from arena.campaigns.ends import EndCause
from arena.campaigns.occupancy import RECOUNT_AFTER, ServedCampaigns
from arena.campaigns.open_ballots import CampaignLine, GoldFeedback, OpenBallots, VoteInput
from arena.campaigns.rater_operation import Held, RaterOperation
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.special_draws import gold_feedback, tells_answers
from storage.campaigns import ballots
from storage.campaigns.ballots import BallotRow
from storage.campaigns.campaigns import memberships, open_to
from storage.database.engine import Database
from storage.errors import Conflict, NotFound
from storage.ledger import chain
from storage.values import BallotState, CampaignKind, SkipReason

CloseBallot = Callable[[RaterOperation, BallotRow], tuple[GoldFeedback, ...]]
"""Records an answer or a skip, and returns what the rater is told about it."""


class BallotService:
    """The service of one process for the campaigns of one kind; thread-safe.

    Attributes:
        kind: kind of the campaigns that it serves.
    """

    kind: ClassVar[CampaignKind]

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        mint: Callable[[], str],
        recount_after: timedelta = RECOUNT_AFTER,
    ) -> None:
        """Serve the campaigns of a store.

        Args:
            database: the store.
            clock: the present time in UTC.
            mint: makes a fresh, unguessable token of at most 64 characters; also used to salt comments.
            recount_after: time after which the ballots of a campaign are counted again.
        """
        self._database = database
        self._clock = clock
        self._mint = mint
        self._served = ServedCampaigns(recount_after)

    def open_ballots(self, rater_id: int, campaign_id: int | None = None) -> OpenBallots:
        """The pair on screen and the reserved one, drawn now if there are none.

        Args:
            rater_id: an account that was invited to the campaign.
            campaign_id: the campaign; None for the one with a pair on screen, else the first with pairs left.

        Returns:
            The ballots, or the cause why this rater gets none: of the given campaign, else of the one in which this
            rater voted last; with all campaigns that are open to the rater.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
        """
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            mine = open_to(connection, rater_id, self.kind)
            return self._with_campaigns(
                connection, rater_id, mine, self._open(connection, rater_id, mine, held, campaign_id)
            )

    def _open(
        self, connection: Connection, rater_id: int, mine: Mapping[int, str], held: Held, campaign_id: int | None
    ) -> OpenBallots:
        ended: dict[int, OpenBallots] = {}
        for number in _to_try(mine, campaign_id, held):
            operation = self._operation(connection, rater_id, number)
            with operation.occupancy.changing():
                opened = operation.fill(held)
            if opened.current is not None:
                return opened
            ended[number] = opened
            held = {}  # ballots of other campaigns have been withdrawn by now
        last = ballots.last_campaign(connection, rater_id, self.kind) if campaign_id is None else campaign_id
        if ended:
            return ended.get(last or 0) or list(ended.values())[-1]
        return self._ended(connection, rater_id, campaign_id, last)

    def _with_campaigns(
        self, connection: Connection, rater_id: int, mine: Mapping[int, str], opened: OpenBallots
    ) -> OpenBallots:
        """The same with the open campaigns of the rater; only one of them has open ballots."""
        lines = []
        for number, name in mine.items():
            here = number == opened.campaign_id
            progress = (
                (opened.done, opened.total) if here else self._operation(connection, rater_id, number).progress(0)
            )
            lines.append(CampaignLine(number, name, *progress))
        return replace(opened, campaigns=tuple(lines))

    def mark_shown(self, rater_id: int, token: str) -> None:
        """Record the time at which a ballot became visible; only the first call counts.

        Raises:
            NotFound: the rater holds no such ballot.
        """
        with self._database.transaction() as connection:
            row = _own(connection, rater_id, token)
            if row.state == BallotState.shown and row.shown_at is None:
                ballots.change(connection, row.id, shown_at=self._clock())

    def skip(
        self,
        rater_id: int,
        token: str,
        reason: SkipReason,
        *,
        flag: str | None = None,
        comment: str | None = None,
        showing: str | None = None,
    ) -> OpenBallots:
        """Skip a ballot with a reason; this rater will not get it again.

        Args:
            rater_id: the rater.
            token: token of the ballot.
            reason: why it is skipped.
            flag: fault that the rater reports.
            comment: free text.
            showing: token of the ballot that the page shows from now on; that ballot counts as shown.

        Raises:
            NotFound: the rater holds no such ballot.
            Conflict: the ballot was withdrawn or has expired.
        """

        def close(operation: RaterOperation, row: BallotRow) -> tuple[GoldFeedback, ...]:
            operation.record_skip(row, reason=reason, flag=flag, comment=comment)
            return ()

        return self._close(rater_id, token, close, showing)

    def undo(self, rater_id: int, campaign_id: int | None = None) -> OpenBallots:
        """Undo the last answer or skip and show its ballot again.

        An answer is superseded by rows without one; the ballot that was on screen becomes the next one, and the
        reserved one is withdrawn.

        Raises:
            Conflict: there is nothing to undo.
        """
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            mine = open_to(connection, rater_id, self.kind)
            number = campaign_id
            if number is None:
                here = [int(row.campaign_id) for row in held.values() if row.campaign_id in mine]
                number = here[0] if here else ballots.last_campaign(connection, rater_id, self.kind)
            last = ballots.last_closed(connection, rater_id, number) if number in mine else None
            if last is None:
                raise Conflict("there is no answer of yours to take back")
            operation = self._operation(connection, rater_id, last.campaign_id)
            with operation.occupancy.changing():
                was = operation.undo(held, last)
                opened = operation.fill(ballots.open_of(connection, rater_id)).with_recorded(was)
            return self._with_campaigns(connection, rater_id, mine, opened)

    def _close(self, rater_id: int, token: str, close: CloseBallot, showing: str | None) -> OpenBallots:
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            row = next((one for one in held.values() if one.token == token), None)
            if row is None:
                row = _own(connection, rater_id, token)
            operation = self._operation(connection, rater_id, row.campaign_id)
            if operation.occupancy.campaign.kind != self.kind:
                raise NotFound("this ballot is of a campaign of another kind; reload the page")
            with operation.occupancy.changing():
                if row.state in ballots.CLOSED:
                    recorded = operation.recorded(row)
                    return operation.fill(held).as_repeated(recorded)
                if row.state not in ballots.OPEN or operation.has_lost_place(row):
                    raise Conflict("this pair was taken back in the meantime; here is another one")
                feedback = close(operation, row)
                rest = {BallotState(one.state): one for one in held.values() if one.id != row.id}
                can_undo = not tells_answers(operation.occupancy, row)
                return replace(operation.fill(rest, showing=showing, can_undo=can_undo), feedback=feedback)

    def _lock(self, connection: Connection, rater_id: int) -> Held:
        """Let other tabs of this rater and all draws wait, and read the open ballots."""
        ballots.lock_rater(connection, rater_id)
        chain.lock(connection)
        return ballots.open_of(connection, rater_id)

    def _operation(self, connection: Connection, rater_id: int, campaign_id: int) -> RaterOperation:
        now = self._clock()
        return RaterOperation(
            connection, self._served.occupancy_of(connection, campaign_id, now), rater_id, now, self._mint
        )

    def _ended(self, connection: Connection, rater_id: int, campaign_id: int | None, last: int | None) -> OpenBallots:
        """The reply to a rater to whom no campaign is open, or not the given one."""
        known = memberships(connection, rater_id, self.kind)
        if campaign_id is not None and campaign_id not in known:
            raise NotFound("this campaign does not exist or is not yours; choose another")
        number = last if last in known else next(reversed(known), None)
        if number is None:
            return OpenBallots.nothing()
        here = known[number]
        cause = EndCause.of_state(here.state) if here.takes_part else EndCause.removed
        return self._operation(connection, rater_id, number).ended(cause)


def _to_try(mine: Mapping[int, str], campaign_id: int | None, held: Held) -> list[int]:
    """The campaigns to try: the given one, else that of the pair on screen, else all that are open to the rater."""
    if campaign_id is not None:
        return [campaign_id] if campaign_id in mine else []
    return [row.campaign_id for row in held.values() if row.campaign_id in mine][:1] or list(mine)


def _own(connection: Connection, rater_id: int, token: str) -> BallotRow:
    row = ballots.by_token(connection, token)
    if row is None or row.rater_id != rater_id:
        raise NotFound("this pair is not yours or does not exist; reload the page")
    return row


class VotingService(BallotService):
    """Hands out blind pairs and records votes."""

    kind = CampaignKind.pairwise

    def vote(self, rater_id: int, token: str, vote: VoteInput, *, showing: str | None = None) -> OpenBallots:
        """Record a vote, show the reserved pair and reserve another one.

        The same token again changes nothing; the reply then holds the vote that was recorded first.

        Args:
            rater_id: the rater.
            token: token of the ballot.
            vote: the choice and what goes with it.
            showing: token of the ballot that the page shows from now on; that ballot counts as shown.

        Raises:
            NotFound: the rater holds no such ballot.
            Conflict: the ballot was withdrawn or has expired.
        """

        def close(operation: RaterOperation, row: BallotRow) -> tuple[GoldFeedback, ...]:
            operation.record_vote(row, vote)
            return gold_feedback(operation.connection, operation.occupancy, row, vote)

        return self._close(rater_id, token, close, showing)


class RatingService(BallotService):
    """Hands out responses and records scores."""

    kind = CampaignKind.satisfaction

    def rate(self, rater_id: int, token: str, given: ScoreInput, *, showing: str | None = None) -> OpenBallots:
        """Record the scores of a ballot, show the reserved one and reserve another one.

        The same token again changes nothing; the reply then holds the scores that were recorded first. Other arguments
        and errors as in `skip`.

        Raises:
            BadInput: a score that the campaign does not ask for, or that is no step of its scale.
        """

        def close(operation: RaterOperation, row: BallotRow) -> tuple[GoldFeedback, ...]:
            operation.record_scores(row, given)
            return gold_feedback(operation.connection, operation.occupancy, row, given)

        return self._close(rater_id, token, close, showing)
