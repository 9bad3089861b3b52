"""One operation of one rater in one study: what every call of `arena.campaigns.service` does inside its transaction.

What the study keeps in memory only proposes a pair; the database is asked whether its place is really free
before a ballot is stored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from arena.campaigns.occupancy import CampaignOccupancy
from arena.campaigns.open_ballots import OpenBallots, VoteInput, pair_of
from storage.campaigns import ballots
from storage.campaigns.ballots import BallotRow, Holders
from storage.errors import Conflict
from storage.ledger import preferences
from storage.values import BallotState

RESERVED_FOR = timedelta(minutes=10)
SHOWN_FOR = timedelta(hours=24)
Held = Mapping[BallotState, BallotRow]
"""A rater's shown and reserved ballot, whichever exist."""


@dataclass(frozen=True)
class RaterOperation:
    """A rater's operation on a study.

    Attributes:
        connection: a transaction that holds the ledger's lock.
        study: the study.
        rater_id: the rater.
        now: the moment that every row of the operation carries.
        mint: a fresh token; also salts comments.
    """

    connection: Connection
    study: CampaignOccupancy
    rater_id: int
    now: datetime
    mint: Callable[[], str]

    def lay(self, held: Held, *, showing: str | None = None, can_undo: bool | None = None) -> OpenBallots:
        """Have a pair on screen and one in reserve, from what is held already or newly drawn.

        Args:
            held: the rater's open ballots, of whatever study.
            showing: the ballot that the page says it shows from now on.
            can_undo: whether there is something to take back, None to look it up.
        """
        current = self._keep(held.get(BallotState.shown))
        following = self._keep(held.get(BallotState.reserved))
        if current is None and following is not None:
            current, following = following, None
            seen = {"shown_at": self.now} if current["token"] == showing else {}
            ballots.change(
                self.connection,
                current["id"],
                state=BallotState.shown,
                expires_at=self.now + SHOWN_FOR,
                guidelines_version=self.study.campaign.guidelines_version,
                **seen,
            )
        if current is None:
            current = self._draw(BallotState.shown)
        if current is not None and following is None:
            following = self._draw(BallotState.reserved)
        if can_undo is None:
            can_undo = ballots.last_closed(self.connection, self.rater_id, self.study.id) is not None
        n_open = (current is not None) + (following is not None)
        done, total = self.study.progress(self.rater_id, n_open=n_open)
        return OpenBallots(
            campaign_id=self.study.id,
            current=None if current is None else pair_of(current),
            next=None if following is None else pair_of(following),
            done=done,
            total=total,
            can_undo=can_undo,
            guidelines_version=self.study.campaign.guidelines_version,
        )

    def has_lost(self, row: BallotRow) -> bool:
        """Whether an open ballot ran out and others have taken its place since."""
        if row.expires_at > self.now:
            return False
        return len(ballots.holders(self.connection, row._asdict(), now=self.now).filling) >= self.study.overlap

    def record(self, row: BallotRow, verdict: VoteInput) -> None:
        """Write a verdict on a ballot and close it."""
        values = self._preference(row) | {
            "winner": verdict.winner,
            "seconds": verdict.seconds,
            "flag": verdict.flag,
            "strength": verdict.strength,
        }
        if row.undos:
            last = preferences.last_of_ballot(self.connection, row.id)
            values["supersedes"] = None if last is None else last[0]
        salt = self.mint() if verdict.comment else ""
        preferences.record(self.connection, values, comment=verdict.comment, salt=salt, now=self.now)
        ballots.change(self.connection, row.id, state=BallotState.voted, closed_at=self.now, flag=verdict.flag)
        self.study.close(self.rater_id, row, skipped=False)

    def pass_on(self, row: BallotRow, *, reason: str, flag: str | None, comment: str | None) -> None:
        """Close a ballot without a verdict and free its place for somebody else."""
        ballots.change(self.connection, row.id, state=BallotState.skipped, closed_at=self.now, reason=reason, flag=flag)
        if comment:
            preferences.add_comment(self.connection, comment, ballot_id=row.id, salt=self.mint(), now=self.now)
        self.study.close(self.rater_id, row, skipped=True)

    def take_back(self, held: Held, last: BallotRow) -> str | None:
        """Put a closed ballot on screen again, what was there in reserve, and withdraw the reserved one.

        The ballot gets a new token, so that a late copy of its first vote is not taken for the new one.

        Returns:
            The verdict that was superseded; None for a skip.

        Raises:
            Conflict: it was skipped, and somebody else has the pair now.
        """
        if last.state == BallotState.skipped:
            holders = ballots.holders(self.connection, last._asdict(), now=self.now)
            if len(holders.filling) >= self.study.overlap:
                raise Conflict("somebody else has the pair that you skipped, so it cannot come back")
        recorded = preferences.last_of_ballot(self.connection, last.id) if last.state == BallotState.voted else None
        if recorded is not None:
            values = self._preference(last) | {"supersedes": recorded[0]}
            preferences.record(self.connection, values, now=self.now)
        reserved, shown = held.get(BallotState.reserved), held.get(BallotState.shown)
        if reserved is not None:
            self._withdraw(reserved)
        if shown is not None:
            until = self.now + RESERVED_FOR
            ballots.change(self.connection, shown.id, state=BallotState.reserved, expires_at=until)
        ballots.change(
            self.connection,
            last.id,
            token=self.mint(),
            state=BallotState.shown,
            closed_at=None,
            reason=None,
            flag=None,
            undos=last.undos + (recorded is not None),
            expires_at=self.now + SHOWN_FOR,
        )
        self.study.reopen(self.rater_id, last)
        return None if recorded is None else recorded[1]

    def _keep(self, row: BallotRow | None) -> Mapping[str, Any] | None:
        """A ballot that the rater holds, if it belongs to this study and its place is still free."""
        if row is None:
            return None
        values = row._asdict()
        if row.campaign_id != self.study.id:
            self._withdraw(row)
            return None
        if row.state == BallotState.reserved and not self.study.is_open:
            self._withdraw(row)
            return None
        if row.expires_at > self.now:
            return values
        holders = ballots.holders(self.connection, values, now=self.now)
        if len(holders.filling) >= self.study.overlap:
            ballots.change(self.connection, row.id, state=BallotState.expired, closed_at=self.now)
            others = [rater for rater in holders.had if rater != self.rater_id]
            self.study.correct(self.rater_id, values, Holders(holders.filling, others))
            return None
        until = self.now + (SHOWN_FOR if row.state == BallotState.shown else RESERVED_FOR)
        ballots.change(self.connection, row.id, expires_at=until)
        self.study.correct(self.rater_id, values, Holders([*holders.filling, self.rater_id], holders.had))
        return values

    def _draw(self, state: BallotState) -> Mapping[str, Any] | None:
        """Draw a pair, check in the database that its place is free, and store the ballot.

        Each refused proposal corrects one cell, and nothing is called empty before it was counted anew.
        """
        while self.study.is_open:
            row = self.study.draw(self.connection, self.rater_id)
            if row is None:
                if self.study.counted_at >= self.now:
                    return None
                self.study.recount(self.connection, self.now)
                continue
            holders = ballots.holders(self.connection, row, now=self.now)
            if self.rater_id in holders.had or len(holders.filling) >= self.study.overlap:
                self.study.correct(self.rater_id, row, holders)
                continue
            row["token"] = self.mint()
            row["state"] = state
            row["reserved_at"] = self.now
            row["expires_at"] = self.now + (SHOWN_FOR if state is BallotState.shown else RESERVED_FOR)
            row["id"] = ballots.reserve(self.connection, row)
            self.study.hold(self.rater_id, row)
            return row
        return None

    def _withdraw(self, row: BallotRow) -> None:
        ballots.change(self.connection, row.id, state=BallotState.withdrawn, closed_at=self.now)
        if row.campaign_id == self.study.id:
            self.study.give_back(self.rater_id, row)

    def _preference(self, row: BallotRow) -> dict[str, Any]:
        """The columns of a preference that the ballot decides: sides as shown."""
        left, right = row.response_a_id, row.response_b_id
        if row.swapped:
            left, right = right, left
        return {
            "rater_id": self.rater_id,
            "question_id": row.question_id,
            "model_a_id": self.study.model_of(self.connection, left),
            "model_b_id": self.study.model_of(self.connection, right),
            "response_a_id": left,
            "response_b_id": right,
            "blind": True,
            "ballot_id": row.id,
            "created_at": self.now,
        }
