"""Hand out blind pairs and take verdicts: the pipeline between a rater's key and the ledger.

    voting = Voting(database, clock=…, mint=…)
    desk = voting.open(rater_id)                      # the pair to show, and the one after it
    desk = voting.vote(rater_id, desk.current.token, Winner.tie)

The database decides everything: whose ballot it is, whether it was answered, whether a place is free. What is
kept in memory (how far each cell is filled) only proposes; each proposal is checked inside the transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from arena.desk import BallotRow, Desk, Verdict, pair_of
from arena.study import Studies, Study
from storage import ballots, ledger, preferences
from storage.campaigns import campaigns
from storage.database import Database
from storage.errors import Conflict, NotFound
from storage.values import BallotState, CampaignKind, SkipReason

RESERVED_FOR = timedelta(minutes=10)
SHOWN_FOR = timedelta(hours=24)
DRAWS = 16
"""Proposals that may fail their check (somebody else was faster) before the page is told that nothing is free."""


@dataclass(frozen=True)
class _Turn:
    """One operation of one rater: everything that its steps share."""

    session: Session
    study: Study
    rater_id: int
    now: datetime


class Voting:
    """The voting service of one process; thread-safe."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], mint: Callable[[], str]) -> None:
        """Serve a store.

        Args:
            database: the store.
            clock: the present time in UTC.
            mint: a fresh, unguessable token of at most 64 characters; also salts comments.
        """
        self._database = database
        self._clock = clock
        self._mint = mint
        self._studies = Studies()

    def open(self, rater_id: int, campaign_id: int | None = None) -> Desk:
        """The rater's desk: the pair on screen and the reserved one, drawn now if there are none.

        Args:
            rater_id: an account that was invited to the study.
            campaign_id: the study; None for the one with a pair on screen, else the first with work left.

        Raises:
            NotFound: the study is not open to this rater.
        """
        now = self._clock()
        desk = Desk.nothing()
        with self._database.writing() as session:
            ballots.lock_rater(session, rater_id)
            ledger.lock(session)
            held = ballots.open_of(session, rater_id)
            for number in self._campaigns(session, rater_id, campaign_id, held):
                turn = _Turn(session, self._studies.of(session, number, now), rater_id, now)
                with turn.study.changing():
                    desk = self._lay(turn, held)
                if desk.current is not None:
                    break
                held = {}  # what was held elsewhere has been withdrawn by now
        return desk

    def shown(self, rater_id: int, token: str) -> None:
        """Stamp the moment at which the page says that a ballot became visible; the first one counts.

        Raises:
            NotFound: the rater holds no such ballot.
        """
        now = self._clock()
        with self._database.writing() as session:
            row = self._mine(session, rater_id, token)
            if row.state == BallotState.shown and row.shown_at is None:
                ballots.change(session, row.id, shown_at=now)

    def vote(self, rater_id: int, token: str, verdict: Verdict, *, showing: str | None = None) -> Desk:
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

        def close(turn: _Turn, row: BallotRow) -> None:
            self._record(turn, row, verdict)
            ballots.change(turn.session, row.id, state=BallotState.voted, closed_at=turn.now, flag=verdict.flag)
            turn.study.close(rater_id, row, skipped=False)

        return self._close(rater_id, token, close, showing)

    def skip(
        self,
        rater_id: int,
        token: str,
        reason: SkipReason,
        *,
        flag: str | None = None,
        comment: str | None = None,
        showing: str | None = None,
    ) -> Desk:
        """Pass a pair on with a reason; this rater will not get it again. Arguments and errors as in `vote`."""

        def close(turn: _Turn, row: BallotRow) -> None:
            ballots.change(
                turn.session, row.id, state=BallotState.skipped, closed_at=turn.now, reason=reason, flag=flag
            )
            if comment:
                preferences.add_comment(turn.session, comment, ballot_id=row.id, salt=self._mint(), now=turn.now)
            turn.study.close(rater_id, row, skipped=True)

        return self._close(rater_id, token, close, showing)

    def undo(self, rater_id: int, campaign_id: int | None = None) -> Desk:
        """Take the last verdict or skip back and put its pair on the desk again.

        A verdict is superseded by a row without a winner; the pair that was on screen becomes the next one, and
        what was reserved is withdrawn.

        Raises:
            Conflict: there is nothing to take back.
        """
        now = self._clock()
        with self._database.writing() as session:
            ballots.lock_rater(session, rater_id)
            ledger.lock(session)
            held = ballots.open_of(session, rater_id)
            number = campaign_id if campaign_id is not None else self._campaign_of(session, rater_id, held)
            last = None if number is None else ballots.last_closed(session, rater_id, number)
            if last is None:
                raise Conflict("there is no vote of yours to take back")
            turn = _Turn(session, self._studies.of(session, last.campaign_id, now), rater_id, now)
            with turn.study.changing():
                return self._take_back(turn, held, last)

    def _take_back(self, turn: _Turn, held: Mapping[BallotState, BallotRow], last: BallotRow) -> Desk:
        recorded = preferences.last_of_ballot(turn.session, last.id) if last.state == BallotState.voted else None
        if recorded is not None:
            row = self._row_of(turn, last) | {"supersedes": recorded[0], "created_at": turn.now}
            preferences.record(turn.session, row, now=turn.now)
        reserved, shown = held.get(BallotState.reserved), held.get(BallotState.shown)
        if reserved is not None:
            self._withdraw(turn, reserved)
        if shown is not None:
            until = turn.now + RESERVED_FOR
            ballots.change(turn.session, shown.id, state=BallotState.reserved, expires_at=until)
        ballots.change(
            turn.session,
            last.id,
            state=BallotState.shown,
            closed_at=None,
            reason=None,
            flag=None,
            undos=last.undos + (recorded is not None),
            expires_at=turn.now + SHOWN_FOR,
        )
        turn.study.reopen(turn.rater_id, last)
        held_now = ballots.open_of(turn.session, turn.rater_id)
        was = None if recorded is None else recorded[1]
        return self._lay(turn, held_now).with_recorded(was)

    def _close(self, rater_id: int, token: str, close: Callable[[_Turn, BallotRow], None], showing: str | None) -> Desk:
        now = self._clock()
        with self._database.writing() as session:
            ballots.lock_rater(session, rater_id)
            ledger.lock(session)
            held = ballots.open_of(session, rater_id)
            row = next((one for one in held.values() if one.token == token), None)
            if row is None:
                row = self._mine(session, rater_id, token)
            turn = _Turn(session, self._studies.of(session, row.campaign_id, now), rater_id, now)
            with turn.study.changing():
                if row.state in ballots.CLOSED:
                    return self._repeat(turn, held, row)
                if row.state not in ballots.OPEN:
                    raise Conflict("this pair was taken back in the meantime; here is another one")
                close(turn, row)
                rest = {BallotState(one.state): one for one in held.values() if one.id != row.id}
                return self._lay(turn, rest, showing=showing, closed=True)

    def _repeat(self, turn: _Turn, held: Mapping[BallotState, BallotRow], row: BallotRow) -> Desk:
        recorded = preferences.last_of_ballot(turn.session, row.id)
        desk = self._lay(turn, held)
        return desk.as_repeated(None if recorded is None else recorded[1])

    def _lay(
        self,
        turn: _Turn,
        held: Mapping[BallotState, BallotRow],
        *,
        showing: str | None = None,
        closed: bool | None = None,
    ) -> Desk:
        """Have a pair on screen and one in reserve, from what is held already or newly drawn."""
        current = self._keep(turn, held.get(BallotState.shown))
        following = self._keep(turn, held.get(BallotState.reserved))
        if current is None and following is not None:
            current, following = following, None
            seen = {"shown_at": turn.now} if current["token"] == showing else {}
            until = turn.now + SHOWN_FOR
            ballots.change(turn.session, current["id"], state=BallotState.shown, expires_at=until, **seen)
        if current is None:
            current = self._draw(turn, state=BallotState.shown)
        if current is not None and following is None:
            following = self._draw(turn, state=BallotState.reserved)
        if closed is None:
            closed = ballots.last_closed(turn.session, turn.rater_id, turn.study.id) is not None
        n_open = (current is not None) + (following is not None)
        done, total = turn.study.progress(turn.rater_id, n_open=n_open)
        return Desk(
            campaign_id=turn.study.id,
            current=None if current is None else pair_of(current),
            next=None if following is None else pair_of(following),
            done=done,
            total=total,
            can_undo=closed,
        )

    def _keep(self, turn: _Turn, row: BallotRow | None) -> Mapping[str, Any] | None:
        """A ballot that the rater holds, if it belongs to this study and its place is still free."""
        if row is None:
            return None
        values: Mapping[str, Any] = row._mapping
        if row.campaign_id != turn.study.id:
            self._withdraw(turn, row)
            return None
        if row.expires_at > turn.now:
            return values
        if len(ballots.holders(turn.session, values, now=turn.now).filling) >= turn.study.overlap:
            ballots.change(turn.session, row.id, state=BallotState.expired, closed_at=turn.now)
            turn.study.give_back(turn.rater_id, row)
            return None
        until = turn.now + (SHOWN_FOR if row.state == BallotState.shown else RESERVED_FOR)
        ballots.change(turn.session, row.id, expires_at=until)
        return values

    def _draw(self, turn: _Turn, *, state: BallotState) -> Mapping[str, Any] | None:
        """Draw a pair, check in the database that its place is free, and store the ballot."""
        study = turn.study
        for _ in range(DRAWS if study.is_open else 0):
            row = study.draw(turn.session, turn.rater_id)
            if row is None:
                return None
            holders = ballots.holders(turn.session, row, now=turn.now)
            if turn.rater_id in holders.had or len(holders.filling) >= study.overlap:
                study.correct(turn.rater_id, row, holders)
                continue
            row["token"] = self._mint()
            row["state"] = state
            row["reserved_at"] = turn.now
            row["expires_at"] = turn.now + (SHOWN_FOR if state is BallotState.shown else RESERVED_FOR)
            row["id"] = ballots.reserve(turn.session, row)
            study.hold(turn.rater_id, row)
            return row
        return None

    def _withdraw(self, turn: _Turn, row: BallotRow) -> None:
        ballots.change(turn.session, row.id, state=BallotState.withdrawn, closed_at=turn.now)
        if row.campaign_id == turn.study.id:
            turn.study.give_back(turn.rater_id, row)

    def _record(self, turn: _Turn, row: BallotRow, verdict: Verdict) -> None:
        values = self._row_of(turn, row) | {
            "winner": verdict.winner,
            "seconds": verdict.seconds,
            "flag": verdict.flag,
            "strength": verdict.strength,
            "created_at": turn.now,
        }
        if row.undos:
            last = preferences.last_of_ballot(turn.session, row.id)
            values["supersedes"] = None if last is None else last[0]
        salt = self._mint() if verdict.comment else ""
        preferences.record(turn.session, values, comment=verdict.comment, salt=salt, now=turn.now)

    def _row_of(self, turn: _Turn, row: BallotRow) -> dict[str, Any]:
        """The columns of a preference that the ballot decides: sides as shown."""
        left, right = row.response_a_id, row.response_b_id
        if row.swapped:
            left, right = right, left
        return {
            "rater_id": turn.rater_id,
            "question_id": row.question_id,
            "model_a_id": turn.study.model_of(turn.session, left),
            "model_b_id": turn.study.model_of(turn.session, right),
            "response_a_id": left,
            "response_b_id": right,
            "blind": True,
            "ballot_id": row.id,
        }

    def _mine(self, session: Session, rater_id: int, token: str) -> BallotRow:
        row = ballots.by_token(session, token)
        if row is None or row.rater_id != rater_id:
            raise NotFound("this pair is not yours or does not exist; reload the page")
        return row

    def _campaigns(
        self, session: Session, rater_id: int, wanted: int | None, held: Mapping[BallotState, BallotRow]
    ) -> list[int]:
        """The studies to try for a rater: the wanted one, else that of the pair on screen, else all of theirs."""
        mine = [int(one.id or 0) for one in campaigns(session, rater_id=rater_id) if one.kind == CampaignKind.pairwise]
        if wanted is not None:
            if wanted not in mine:
                raise NotFound("this campaign is closed, paused or not yours; choose another")
            return [wanted]
        return [row.campaign_id for row in held.values() if row.campaign_id in mine][:1] or mine

    def _campaign_of(self, session: Session, rater_id: int, held: Mapping[BallotState, BallotRow]) -> int | None:
        for row in held.values():
            return int(row.campaign_id)
        return ballots.last_campaign(session, rater_id)
