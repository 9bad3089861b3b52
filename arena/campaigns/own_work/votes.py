"""The own votes of a rater: look back at them, change one, and count them. Nothing here names a model.

A change is a new row in the ledger that supersedes the old one. Nothing is written before the new vote is there, so
somebody who only looks at an old pair loses nothing. Scores that were given beside a vote belong to it: a changed vote
has those that come with the change, and the old ones are taken back when none come.
"""

from dataclasses import dataclass, replace
from statistics import median
from typing import Any, ClassVar

from sqlalchemy import Connection

from arena.campaigns.open_ballots import OpenBallot, VoteInput
from arena.campaigns.own_work.answers import OwnAnswers, added_seconds, visible
from arena.campaigns.score_recording import ScoreInput, ScoreRecording
from arena.campaigns.scoring import check_scores
from storage.campaigns import ballots, own_votes
from storage.campaigns.ballots import BallotRow
from storage.campaigns.campaigns import campaign_row
from storage.campaigns.own_votes import AnsweredBallot
from storage.errors import Conflict
from storage.ledger import chain, preferences
from storage.values import CampaignKind, Winner

_CARRIED = "rater_id question_id model_a_id model_b_id response_a_id response_b_id turn blind ballot_id".split()
"""Columns that a changed vote has in common with the first one."""


@dataclass(frozen=True)
class OpenedVote:
    """An own vote that was opened again to be changed; `pair` has the vote and the scores that stand."""

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


class OwnVotes(OwnAnswers):
    """The own votes of raters over one store; thread-safe."""

    kind: ClassVar[CampaignKind] = CampaignKind.pairwise

    def history(self, rater_id: int, campaign_id: int, *, limit: int) -> list[AnsweredBallot]:
        """The last ballots that a rater has closed in a campaign, newest first.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
        """
        with self._reading() as connection:
            self._check_known(connection, rater_id, campaign_id)
            return own_votes.answered(connection, rater_id, campaign_id, limit=limit)

    def statistics(self, rater_id: int, campaign_id: int) -> OwnStatistics:
        """Counts and pace of a rater in a campaign."""
        with self._reading() as connection:
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

    def open_again(self, rater_id: int, token: str) -> OpenedVote:
        """An own vote with all that was said with it; nothing is written.

        Raises:
            NotFound: the rater has no such ballot.
            Conflict: the ballot has no vote, or the campaign takes no changes from this rater now.
        """
        with self._reading() as connection:
            row = self._changeable(connection, rater_id, token)
            stands = _standing(connection, row)
            scores = self._scores(connection, row).recorded()
            pair = replace(visible(connection, row), recorded=str(stands.winner), scores=scores)
            return OpenedVote(pair, stands.flag, stands.comment, stands.strength, tuple(stands.reasons or ()))

    def change(self, rater_id: int, token: str, vote: VoteInput) -> bool:
        """Replace an own vote with its scores, and return whether anything differs from what stands.

        The same change again writes nothing, so a request may be repeated. The time of the second look is added to
        that of the first. A change without scores takes those back that stood beside the vote.

        Raises:
            NotFound: the rater has no such ballot.
            Conflict: the ballot has no vote, or the campaign takes no changes from this rater now.
            BadInput: a score that the campaign does not ask for, or that is no step of its scale.
        """
        with self._database.transaction() as connection:
            ballots.lock_rater(connection, rater_id)
            chain.lock(connection)
            row = self._changeable(connection, rater_id, token)
            stands = _standing(connection, row)
            is_new_vote = self._change_vote(connection, row, stands, vote)
            has_new_scores = self._change_scores(connection, row, stands, vote)
            return is_new_vote or has_new_scores

    def _change_vote(self, connection: Connection, row: BallotRow, stands: Any, vote: VoteInput) -> bool:  # noqa: ANN401
        said = (vote.winner, vote.strength, list(vote.reasons) or None, vote.flag, vote.comment)
        if said == (stands.winner, stands.strength, stands.reasons, stands.flag, stands.comment):
            return False
        values = {name: getattr(stands, name) for name in _CARRIED} | {
            "winner": vote.winner,
            "strength": vote.strength,
            "reasons": list(vote.reasons) or None,
            "seconds": added_seconds(stands.seconds, vote.seconds),
            "flag": vote.flag,
            "supersedes": stands.position,
            "created_at": self._clock(),
        }
        salt = self._mint() if vote.comment else ""
        preferences.record(connection, values, comment=vote.comment, salt=salt, now=self._clock())
        ballots.change(connection, row.id, flag=vote.flag)
        return True

    def _change_scores(self, connection: Connection, row: BallotRow, stands: Any, vote: VoteInput) -> bool:  # noqa: ANN401
        scores = self._scores(connection, row)
        if not vote.scores:
            return scores.take_back() != ()
        check_scores(scores.campaign, vote.scores, 2)
        models = {stands.response_a_id: stands.model_a_id, stands.response_b_id: stands.model_b_id}
        given = ScoreInput(vote.scores, flag=vote.flag)
        return scores.replace(given, model_of=models.__getitem__, mint=self._mint)

    def _scores(self, connection: Connection, row: BallotRow) -> ScoreRecording:
        return ScoreRecording(connection, row, campaign_row(connection, row.campaign_id), self._clock())


def _standing(connection: Connection, row: BallotRow) -> Any:  # noqa: ANN401  a row with the columns of a preference
    """The vote that stands on a ballot."""
    stands = own_votes.standing_vote(connection, row.id)
    if stands is None or stands.winner is None:
        raise Conflict("this ballot has no answer of yours that could be changed")
    return stands
