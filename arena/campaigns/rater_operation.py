"""One operation of one rater in one campaign, inside the transaction of a call of `arena.campaigns.service`.

The occupancy in memory only proposes a pair; before a ballot is stored, the database decides whether its place is
free.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from arena.campaigns.admission import barrier, pause_by_rule
from arena.campaigns.ends import EndCause
from arena.campaigns.occupancy import CampaignOccupancy
from arena.campaigns.open_ballots import OpenBallot, OpenBallots, RecordedAnswer, VoteInput
from arena.campaigns.score_recording import ScoreInput, ScoreRecording
from arena.campaigns.scoring import check_scores
from arena.campaigns.special_draws import draw_special, planned_special, tells_answers
from storage.campaigns import ballots
from storage.campaigns.ballots import BallotRow, Holders
from storage.campaigns.rules import is_paused, n_taken
from storage.errors import Conflict
from storage.ledger import preferences
from storage.values import BallotState

RESERVED_FOR = timedelta(minutes=10)
SHOWN_FOR = timedelta(hours=24)
Held = Mapping[BallotState, BallotRow]
"""The shown and the reserved ballot of a rater, as far as they exist."""


@dataclass(frozen=True)
class RaterOperation:
    """An operation of a rater on a campaign.

    Attributes:
        connection: a transaction that holds the lock of the ledger.
        occupancy: occupancy of the campaign.
        rater_id: the rater.
        now: time for every row of the operation.
        mint: makes a fresh token; also used to salt comments.
    """

    connection: Connection
    occupancy: CampaignOccupancy
    rater_id: int
    now: datetime
    mint: Callable[[], str]

    def fill(self, held: Held, *, showing: str | None = None, can_undo: bool | None = None) -> OpenBallots:
        """Have a pair on screen and one in reserve, held already or newly drawn.

        Args:
            held: open ballots of the rater, of any campaign.
            showing: token of the ballot that the page shows from now on.
            can_undo: whether there is something to undo; None to look it up.
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
                guidelines_version=self.occupancy.campaign.guidelines_version,
                **seen,
            )
        if current is None:
            current = self._draw(BallotState.shown)
        if current is not None and following is None:
            following = self._draw(BallotState.reserved)
        end = self._end() if current is None else None
        if not self.occupancy.is_open or end is EndCause.quality_paused:
            can_undo = False
        if can_undo is None:
            last = ballots.last_closed(self.connection, self.rater_id, self.occupancy.id)
            can_undo = last is not None and not tells_answers(self.occupancy, last)
        done, total = self.progress((current is not None) + (following is not None))
        return OpenBallots(
            campaign_id=self.occupancy.id,
            current=None if current is None else self._visible(current),
            next=None if following is None else self._visible(following),
            done=done,
            total=total,
            can_undo=can_undo,
            guidelines_version=self.occupancy.campaign.guidelines_version,
            end=end,
        )

    def ended(self, cause: EndCause) -> OpenBallots:
        """The reply to a rater who gets no ballots of this campaign, with the progress so far."""
        done, total = self.progress(0)
        if cause is EndCause.removed:
            total = done
        return OpenBallots(self.occupancy.id, None, None, done=done, total=total, can_undo=False, end=cause)

    def progress(self, n_open: int) -> tuple[int, int]:
        """Number of ballots that the rater has closed, and that number plus those that the rater could still get.

        Gold items and repeats to come are counted in advance, so that none shows when it is drawn.
        """
        left = self.occupancy.n_left(self.rater_id)
        special = planned_special(self.connection, self.occupancy, self.rater_id, left)
        done = self.occupancy.n_closed(self.rater_id)
        total = done + n_open + special + left
        most = self.occupancy.rules.most_votes
        if most is None:
            return done, total
        taken = n_taken(self.connection, self.occupancy.id, self.rater_id)
        return done, min(total, done + n_open + max(most - taken, 0))

    def _end(self) -> EndCause:
        """Why no pair could be drawn."""
        cause = self._barrier()
        if cause is not None:
            return cause
        held = ballots.n_held_by_others(self.connection, self.rater_id, self.occupancy.id, now=self.now)
        return EndCause.waiting if held else EndCause.finished

    def has_lost_place(self, row: BallotRow) -> bool:
        """Whether an open ballot expired and other raters have taken its place since."""
        if row.expires_at > self.now or row.policy in ballots.SPECIAL:
            return False
        values = row._asdict()
        filling = ballots.holders(self.connection, values, now=self.now).filling
        return len(filling) >= self.occupancy.n_places(values)

    def record_vote(self, row: BallotRow, vote: VoteInput) -> None:
        """Record a vote on a ballot, with the scores given beside it, and close the ballot."""
        if vote.scores:
            check_scores(self.occupancy.campaign, vote.scores, 2)
        values = self._preference(row) | {
            "winner": vote.winner,
            "seconds": vote.seconds,
            "flag": vote.flag,
            "strength": vote.strength,
            "reasons": list(vote.reasons) or None,
        }
        if row.undos:
            last = preferences.last_of_ballot(self.connection, row.id)
            values["supersedes"] = None if last is None else last[0]
        salt = self.mint() if vote.comment else ""
        preferences.record(self.connection, values, comment=vote.comment, salt=salt, now=self.now)
        if vote.scores:
            self._record_scores(row, ScoreInput(vote.scores, flag=vote.flag))
        self._close(row, vote)

    def record_scores(self, row: BallotRow, given: ScoreInput) -> None:
        """Record the scores of a ballot and close the ballot.

        Raises:
            BadInput: a score that the campaign does not ask for, or that is no step of its scale.
        """
        check_scores(
            self.occupancy.campaign, given.scores, len(ballots.shown_responses(self.connection, row._asdict()))
        )
        self._record_scores(row, given)
        self._close(row, given)

    def record_skip(self, row: BallotRow, *, reason: str, flag: str | None, comment: str | None) -> None:
        """Close a ballot without a vote and free its place for another rater."""
        ballots.change(self.connection, row.id, state=BallotState.skipped, closed_at=self.now, reason=reason, flag=flag)
        if comment:
            preferences.add_comment(self.connection, comment, ballot_id=row.id, salt=self.mint(), now=self.now)
        self.occupancy.close(self.rater_id, row, skipped=True)

    def undo(self, held: Held, last: BallotRow) -> RecordedAnswer:
        """Put a closed ballot back on screen, the one on screen in reserve, and withdraw the reserved one.

        The ballot gets a new token, so that a late copy of its first vote is not taken for the new one.

        Returns:
            The superseded answer; an empty one for a skip.

        Raises:
            Conflict: the ballot was skipped, and another rater has the pair now; a quality rule has paused the rater;
                or the rater was told the right answer.
        """
        if tells_answers(self.occupancy, last):
            raise Conflict("the page tells the expected answer of a practice item, so it cannot be answered again")
        if is_paused(self.connection, self.occupancy.id, self.rater_id):
            raise Conflict("a quality rule of the campaign has paused you, so nothing can be taken back")
        if last.state == BallotState.skipped and last.policy not in ballots.SPECIAL:
            values = last._asdict()
            holders = ballots.holders(self.connection, values, now=self.now)
            if len(holders.filling) >= self.occupancy.n_places(values):
                raise Conflict("somebody else has the pair that you skipped, so it cannot come back")
        is_answered = last.state == BallotState.voted
        recorded = self._take_back(last) if is_answered else RecordedAnswer()
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
            undos=last.undos + is_answered,
            expires_at=self.now + SHOWN_FOR,
        )
        self.occupancy.reopen(self.rater_id, last)
        return recorded

    def recorded(self, row: BallotRow) -> RecordedAnswer:
        """The answer that counts on a closed ballot."""
        vote = preferences.last_of_ballot(self.connection, row.id) if row.response_b_id is not None else None
        scores = self._scores_of(row).recorded() if self.occupancy.campaign.dimensions else ()
        return RecordedAnswer(None if vote is None else vote[1], scores)

    def _take_back(self, row: BallotRow) -> RecordedAnswer:
        """Supersede the vote and the scores of a ballot by rows without an answer."""
        answer = self.recorded(row)
        vote = preferences.last_of_ballot(self.connection, row.id) if row.response_b_id is not None else None
        if vote is not None:
            preferences.record(self.connection, self._preference(row) | {"supersedes": vote[0]}, now=self.now)
        if answer.scores:
            self._scores_of(row).take_back()
        return answer

    def _scores_of(self, row: BallotRow) -> ScoreRecording:
        return ScoreRecording(self.connection, row, self.occupancy.campaign, self.now)

    def _record_scores(self, row: BallotRow, given: ScoreInput) -> None:
        def model_of(response_id: int) -> int:
            return self.occupancy.model_of(self.connection, response_id)

        self._scores_of(row).record(given, model_of=model_of, mint=self.mint)

    def _close(self, row: BallotRow, given: VoteInput | ScoreInput) -> None:
        ballots.change(self.connection, row.id, state=BallotState.voted, closed_at=self.now, flag=given.flag)
        is_first = row.undos == 0
        ballots.set_times(self.connection, row.id, active=given.seconds, hidden=given.hidden_seconds, is_first=is_first)
        self.occupancy.close(self.rater_id, row, skipped=False)
        pause_by_rule(self.connection, self.occupancy, self.rater_id, row, self.now)

    def _visible(self, row: Mapping[str, Any]) -> OpenBallot:
        """The part of a ballot that its rater may see, from its columns."""
        shown = ballots.shown_responses(self.connection, row)
        return OpenBallot(str(row["token"]), int(row["question_id"]), shown)

    def _keep(self, row: BallotRow | None) -> Mapping[str, Any] | None:
        """A ballot that the rater holds, if it belongs to this campaign and its place is still free."""
        if row is None:
            return None
        values = row._asdict()
        if row.campaign_id != self.occupancy.id:
            self._withdraw(row)
            return None
        if row.state == BallotState.reserved and self._is_stopped():
            self._withdraw(row)
            return None
        if row.expires_at > self.now:
            return values
        if row.policy in ballots.SPECIAL:
            until = self.now + (SHOWN_FOR if row.state == BallotState.shown else RESERVED_FOR)
            ballots.change(self.connection, row.id, expires_at=until)
            return values
        holders = ballots.holders(self.connection, values, now=self.now)
        if len(holders.filling) >= self.occupancy.n_places(values):
            ballots.change(self.connection, row.id, state=BallotState.expired, closed_at=self.now)
            others = [rater for rater in holders.had if rater != self.rater_id]
            self.occupancy.correct(self.rater_id, values, Holders(holders.filling, others))
            return None
        until = self.now + (SHOWN_FOR if row.state == BallotState.shown else RESERVED_FOR)
        ballots.change(self.connection, row.id, expires_at=until)
        self.occupancy.correct(self.rater_id, values, Holders([*holders.filling, self.rater_id], holders.had))
        return values

    def _draw(self, state: BallotState) -> Mapping[str, Any] | None:
        """Draw a pair, check in the database that its place is free, and store the ballot.

        Each refused proposal corrects one cell; the campaign is only taken as finished after a recount.
        """
        if self._barrier() is not None:
            return None
        special = draw_special(self.connection, self.occupancy, self.rater_id)
        if special is not None:
            self.occupancy.next_number(self.connection, self.rater_id)
            return self._store(special, state)
        while True:
            row = self.occupancy.draw(self.connection, self.rater_id)
            if row is None:
                if self.occupancy.counted_at >= self.now:
                    return None
                self.occupancy.recount(self.connection, self.now)
                continue
            holders = ballots.holders(self.connection, row, now=self.now)
            if self.rater_id in holders.had or len(holders.filling) >= self.occupancy.n_places(row):
                self.occupancy.correct(self.rater_id, row, holders)
                continue
            return self._store(row, state)

    def _store(self, row: dict[str, Any], state: BallotState) -> Mapping[str, Any]:
        """Store a drawn ballot, and return it with its id and token."""
        row["token"] = self.mint()
        row["state"] = state
        row["reserved_at"] = self.now
        row["expires_at"] = self.now + (SHOWN_FOR if state is BallotState.shown else RESERVED_FOR)
        row["id"] = ballots.reserve(self.connection, row)
        if beside := self.occupancy.beside(row):
            ballots.add_responses(self.connection, row["id"], beside)
        self.occupancy.hold(self.rater_id, row)
        return row

    @cached_property
    def _is_paused(self) -> bool:
        """Whether a rule has paused the rater: looked up once, after the answer that may do so was recorded."""
        return is_paused(self.connection, self.occupancy.id, self.rater_id)

    def _barrier(self) -> EndCause | None:
        """Why the rater gets no further ballot."""
        return barrier(self.connection, self.occupancy, self.rater_id, self.now, is_paused=lambda: self._is_paused)

    def _is_stopped(self) -> bool:
        """Whether ballots that are only reserved go back; one that fills the cap of votes stays."""
        cause = self._barrier()
        return cause not in (None, EndCause.cap_reached)

    def _withdraw(self, row: BallotRow) -> None:
        ballots.change(self.connection, row.id, state=BallotState.withdrawn, closed_at=self.now)
        if row.campaign_id == self.occupancy.id:
            self.occupancy.give_back(self.rater_id, row)

    def _preference(self, row: BallotRow) -> dict[str, Any]:
        """Columns of a preference that follow from the ballot; sides as shown."""
        left, right = row.response_a_id, row.response_b_id
        if row.swapped:
            left, right = right, left
        return {
            "rater_id": self.rater_id,
            "question_id": row.question_id,
            "model_a_id": self.occupancy.model_of(self.connection, left),
            "model_b_id": self.occupancy.model_of(self.connection, right),
            "response_a_id": left,
            "response_b_id": right,
            "blind": True,
            "ballot_id": row.id,
            "created_at": self.now,
        }
