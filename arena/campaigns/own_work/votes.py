"""The own votes of a rater: look back at them, change one, and count them. Nothing here names a model.

A change is a new row in the ledger that supersedes the old one. Nothing is written before the new vote is there, so
somebody who only looks at an old pair loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from sqlalchemy import Connection

from arena.campaigns.open_ballots import OpenBallot, VoteInput
from storage.campaigns import ballots, own_votes, rules
from storage.campaigns.ballots import BallotRow
from storage.campaigns.campaigns import CampaignMembership, memberships
from storage.campaigns.own_votes import AnsweredBallot
from storage.database.engine import Database
from storage.errors import Conflict, NotFound
from storage.ledger import chain, preferences
from storage.values import BallotState, CampaignKind, CampaignState, SpecialDraw, Winner

_CARRIED = "rater_id question_id model_a_id model_b_id response_a_id response_b_id turn blind ballot_id".split()
"""Columns that a changed vote has in common with the first one."""


@dataclass(frozen=True)
class OpenedVote:
    """An own vote that was opened again to be changed; `pair.recorded` is the vote that stands."""

    pair: OpenBallot
    flag: str | None
    comment: str | None
    strength: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class OwnStatistics:
    """The numbers that a rater sees about the own work in a campaign.

    Attributes:
        votes: number of votes that stand.
        ties: number of these that are ties.
        both_bad: number of these for "both bad".
        skips: number of skipped pairs.
        median_seconds: median time on a pair; None without any time.
    """

    votes: int
    ties: int
    both_bad: int
    skips: int
    median_seconds: float | None


class OwnVotes:
    """The own votes of raters over one store; thread-safe."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], mint: Callable[[], str]) -> None:
        """Serve a store; arguments as in `arena.campaigns.service.VotingService`."""
        self._database = database
        self._clock = clock
        self._mint = mint

    def history(self, rater_id: int, campaign_id: int, *, limit: int) -> list[AnsweredBallot]:
        """The last ballots that a rater has closed in a campaign, newest first.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
        """
        with self._database.transaction() as connection:
            _check_known(connection, rater_id, campaign_id)
            return own_votes.answered(connection, rater_id, campaign_id, limit=limit)

    def statistics(self, rater_id: int, campaign_id: int) -> OwnStatistics:
        """Counts and pace of a rater in a campaign."""
        with self._database.transaction() as connection:
            answered = own_votes.answered(connection, rater_id, campaign_id)
        votes = [one for one in answered if one.winner is not None]
        seconds = [one.seconds for one in votes if one.seconds is not None]
        return OwnStatistics(
            votes=len(votes),
            ties=sum(one.winner is Winner.tie for one in votes),
            both_bad=sum(one.winner is Winner.both_bad for one in votes),
            skips=len(answered) - len(votes),
            median_seconds=median(seconds) if seconds else None,
        )

    def pair(self, rater_id: int, token: str) -> OpenBallot:
        """The pair of an own ballot, open or closed.

        Raises:
            NotFound: the rater has no such ballot.
        """
        with self._database.transaction() as connection:
            return _visible(connection, _own_pair(connection, rater_id, token))

    def open_again(self, rater_id: int, token: str) -> OpenedVote:
        """An own vote with all that was said with it; nothing is written.

        Raises:
            NotFound: the rater has no such ballot.
            Conflict: the ballot has no vote, or the campaign takes no changes from this rater now.
        """
        with self._database.transaction() as connection:
            row = self._changeable(connection, rater_id, token)
            stands = own_votes.standing_vote(connection, row.id)
            if stands is None or stands.winner is None:
                raise Conflict("this pair has no vote of yours that could be changed")
            pair = replace(_visible(connection, row), recorded=str(stands.winner))
            return OpenedVote(pair, stands.flag, stands.comment, stands.strength, tuple(stands.reasons or ()))

    def change(self, rater_id: int, token: str, vote: VoteInput) -> bool:
        """Replace an own vote, and return whether anything differs from the vote that stands.

        The same change again writes nothing, so a request may be repeated. The time of the second look is added to
        that of the first.

        Raises:
            NotFound: the rater has no such ballot.
            Conflict: the ballot has no vote, or the campaign takes no changes from this rater now.
        """
        with self._database.transaction() as connection:
            ballots.lock_rater(connection, rater_id)
            chain.lock(connection)
            row = self._changeable(connection, rater_id, token)
            stands = own_votes.standing_vote(connection, row.id)
            if stands is None or stands.winner is None:
                raise Conflict("this pair has no vote of yours that could be changed")
            said = (vote.winner, vote.strength, list(vote.reasons) or None, vote.flag, vote.comment)
            if said == (stands.winner, stands.strength, stands.reasons, stands.flag, stands.comment):
                return False
            times = [seconds for seconds in (stands.seconds, vote.seconds) if seconds is not None]
            values = {name: getattr(stands, name) for name in _CARRIED} | {
                "winner": vote.winner,
                "strength": vote.strength,
                "reasons": list(vote.reasons) or None,
                "seconds": sum(times) if times else None,
                "flag": vote.flag,
                "supersedes": stands.position,
                "created_at": self._clock(),
            }
            salt = self._mint() if vote.comment else ""
            preferences.record(connection, values, comment=vote.comment, salt=salt, now=self._clock())
            ballots.change(connection, row.id, flag=vote.flag)
            return True

    def _changeable(self, connection: Connection, rater_id: int, token: str) -> BallotRow:
        """An own answered ballot of a campaign that takes changes from this rater now."""
        row = _own_pair(connection, rater_id, token)
        if row.state != BallotState.voted:
            raise Conflict("this pair has no vote of yours that could be changed")
        here = _check_known(connection, rater_id, row.campaign_id)
        chosen = rules.rules_of(connection, row.campaign_id)
        is_over = chosen.deadline is not None and self._clock() >= chosen.deadline
        is_paused = rules.is_paused(connection, row.campaign_id, rater_id)
        if here.state is not CampaignState.open or not here.takes_part or is_over or is_paused:
            raise Conflict("this campaign takes no changes from you at the moment, so your vote stays as it is")
        if chosen.onboarding_feedback and row.policy == SpecialDraw.onboarding:
            raise Conflict("the page told the expected answer of this practice item, so your vote stays as it is")
        return row


def _own_pair(connection: Connection, rater_id: int, token: str) -> BallotRow:
    row = ballots.by_token(connection, token)
    if row is None or row.rater_id != rater_id or row.response_b_id is None:
        raise NotFound("this pair is not yours or does not exist; reload the page")
    return row


def _visible(connection: Connection, row: BallotRow) -> OpenBallot:
    return OpenBallot(str(row.token), int(row.question_id), ballots.shown_responses(connection, row._asdict()))


def _check_known(connection: Connection, rater_id: int, campaign_id: int) -> CampaignMembership:
    here = memberships(connection, rater_id, CampaignKind.pairwise).get(campaign_id)
    if here is None:
        raise NotFound("this campaign does not exist or is not yours; choose another")
    return here
