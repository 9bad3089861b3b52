"""Hand out blind pairs and take verdicts: the pipeline between a rater's key and the ledger.

    voting = Voting(database, clock=…, mint=…)
    desk = voting.open(rater_id)                      # the pair to show, and the one after it
    desk = voting.vote(rater_id, desk.current.token, Verdict(Winner.tie))

Each call is one transaction. The database decides everything: whose ballot it is, whether it was answered,
whether a place is free; so a token that is sent fifty times, or from two tabs, writes one row.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from arena.campaigns.occupancy import RECOUNT_AFTER, ServedCampaigns
from arena.campaigns.open_ballots import CampaignLine, OpenBallots, VoteInput
from arena.campaigns.rater_operation import Held, RaterOperation
from storage.campaigns import ballots
from storage.campaigns.ballots import BallotRow
from storage.campaigns.campaigns import open_to
from storage.database.engine import Database
from storage.errors import Conflict, NotFound
from storage.ledger import chain, preferences
from storage.values import BallotState, CampaignKind, SkipReason


class VotingService:
    """The voting service of one process; thread-safe."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        mint: Callable[[], str],
        recount_after: timedelta = RECOUNT_AFTER,
    ) -> None:
        """Serve a store.

        Args:
            database: the store.
            clock: the present time in UTC.
            mint: a fresh, unguessable token of at most 64 characters; also salts comments.
            recount_after: time after which a study's ballots are counted anew.
        """
        self._database = database
        self._clock = clock
        self._mint = mint
        self._studies = ServedCampaigns(recount_after)

    def open(self, rater_id: int, campaign_id: int | None = None) -> OpenBallots:
        """The rater's desk: the pair on screen and the reserved one, drawn now if there are none.

        Args:
            rater_id: an account that was invited to the study.
            campaign_id: the study; None for the one with a pair on screen, else the first with work left.

        Raises:
            NotFound: the study is not open to this rater.
        """
        desk = OpenBallots.nothing()
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            for number in self._to_try(connection, rater_id, campaign_id, held):
                turn = self._turn(connection, rater_id, number)
                with turn.study.changing():
                    desk = turn.lay(held)
                if desk.current is not None:
                    break
                held = {}  # what was held elsewhere has been withdrawn by now
        return desk

    def studies(self, rater_id: int) -> list[CampaignLine]:
        """The open studies of a rater, each with how far this rater is."""
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            lines = []
            for number, name in open_to(connection, rater_id, CampaignKind.pairwise).items():
                study = self._turn(connection, rater_id, number).study
                n_open = sum(row.campaign_id == number for row in held.values())
                lines.append(CampaignLine(number, name, *study.progress(rater_id, n_open=n_open)))
        return lines

    def shown(self, rater_id: int, token: str) -> None:
        """Stamp the moment at which the page says that a ballot became visible; the first one counts.

        Raises:
            NotFound: the rater holds no such ballot.
        """
        with self._database.transaction() as connection:
            row = _own(connection, rater_id, token)
            if row.state == BallotState.shown and row.shown_at is None:
                ballots.change(connection, row.id, shown_at=self._clock())

    def vote(self, rater_id: int, token: str, verdict: VoteInput, *, showing: str | None = None) -> OpenBallots:
        """Record a verdict, put the reserved pair on the desk and reserve another.

        The same token again changes nothing and is answered with what was recorded first.

        Args:
            rater_id: who votes.
            token: the ballot.
            verdict: what was chosen, and how.
            showing: the ballot that the page shows from now on, which stamps it as shown.

        Raises:
            NotFound: the rater holds no such ballot.
            Conflict: the ballot was withdrawn or ran out.
        """
        return self._close(rater_id, token, lambda turn, row: turn.record(row, verdict), showing)

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
        """Pass a pair on with a reason; this rater will not get it again. Arguments and errors as in `vote`."""

        def close(turn: RaterOperation, row: BallotRow) -> None:
            turn.pass_on(row, reason=reason, flag=flag, comment=comment)

        return self._close(rater_id, token, close, showing)

    def undo(self, rater_id: int, campaign_id: int | None = None) -> OpenBallots:
        """Take the last verdict or skip back and put its pair on the desk again.

        A verdict is superseded by a row without a winner; the pair that was on screen becomes the next one, and
        what was reserved is withdrawn.

        Raises:
            Conflict: there is nothing to take back.
        """
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            number = campaign_id
            if number is None:
                here = [int(row.campaign_id) for row in held.values()]
                number = here[0] if here else ballots.last_campaign(connection, rater_id)
            is_open = number is not None and number in open_to(connection, rater_id, CampaignKind.pairwise)
            last = ballots.last_closed(connection, rater_id, number) if number is not None and is_open else None
            if last is None:
                raise Conflict("there is no vote of yours to take back")
            turn = self._turn(connection, rater_id, last.campaign_id)
            with turn.study.changing():
                was = turn.take_back(held, last)
                return turn.lay(ballots.open_of(connection, rater_id)).with_recorded(was)

    def _close(
        self, rater_id: int, token: str, close: Callable[[RaterOperation, BallotRow], None], showing: str | None
    ) -> OpenBallots:
        with self._database.transaction() as connection:
            held = self._lock(connection, rater_id)
            row = next((one for one in held.values() if one.token == token), None)
            if row is None:
                row = _own(connection, rater_id, token)
            turn = self._turn(connection, rater_id, row.campaign_id)
            with turn.study.changing():
                if row.state in ballots.CLOSED:
                    recorded = preferences.last_of_ballot(connection, row.id)
                    return turn.lay(held).as_repeated(None if recorded is None else recorded[1])
                if row.state not in ballots.OPEN or turn.has_lost(row):
                    raise Conflict("this pair was taken back in the meantime; here is another one")
                close(turn, row)
                rest = {BallotState(one.state): one for one in held.values() if one.id != row.id}
                return turn.lay(rest, showing=showing, can_undo=True)

    def _lock(self, connection: Connection, rater_id: int) -> Held:
        """Keep this rater's other tabs and everybody's draws waiting, and read the open ballots."""
        ballots.lock_rater(connection, rater_id)
        chain.lock(connection)
        return ballots.open_of(connection, rater_id)

    def _turn(self, connection: Connection, rater_id: int, campaign_id: int) -> RaterOperation:
        now = self._clock()
        return RaterOperation(connection, self._studies.of(connection, campaign_id, now), rater_id, now, self._mint)

    def _to_try(self, connection: Connection, rater_id: int, wanted: int | None, held: Held) -> list[int]:
        """The studies to try for a rater: the wanted one, else that of the pair on screen, else all of theirs."""
        mine = open_to(connection, rater_id, CampaignKind.pairwise)
        if wanted is not None:
            if wanted not in mine:
                raise NotFound("this campaign is closed, paused or not yours; choose another")
            return [wanted]
        return [row.campaign_id for row in held.values() if row.campaign_id in mine][:1] or list(mine)


def _own(connection: Connection, rater_id: int, token: str) -> BallotRow:
    row = ballots.by_token(connection, token)
    if row is None or row.rater_id != rater_id:
        raise NotFound("this pair is not yours or does not exist; reload the page")
    return row
