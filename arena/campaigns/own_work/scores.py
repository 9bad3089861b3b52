"""The own scores of a rater: look back at them, change them, and count them. Nothing here names a model.

A change is a row in the ledger for each score, which supersedes the old one; looking writes nothing.
"""

from dataclasses import dataclass, replace
from statistics import median
from typing import ClassVar

from sqlalchemy import Connection

from arena.campaigns.open_ballots import OpenBallot
from arena.campaigns.own_work.answers import OwnAnswers, added_seconds, visible
from arena.campaigns.score_recording import ScoreInput, ScoreRecording
from arena.campaigns.scoring import check_scores
from storage.campaigns import ballots, own_scores
from storage.campaigns.ballots import BallotRow
from storage.campaigns.campaigns import campaign_row
from storage.campaigns.own_scores import OwnScoredBallot
from storage.errors import Conflict
from storage.ledger import chain
from storage.ledger.ratings import comment_of, scores_of_ballot
from storage.values import CampaignKind


@dataclass(frozen=True)
class OpenedScores:
    """Own scores that were opened again to be changed; `ballot.scores` are those that stand."""

    ballot: OpenBallot
    flag: str | None
    comment: str | None


@dataclass(frozen=True)
class OwnScoreStatistics:
    """The numbers that a rater sees about the own scores in a campaign.

    Attributes:
        ballots: number of ballots with scores that stand.
        scores: number of these scores, "cannot judge" left out.
        unjudged: number of answers "cannot judge".
        skips: number of skipped ballots.
        median_seconds: median time on a ballot; None without any time.
    """

    ballots: int
    scores: int
    unjudged: int
    skips: int
    median_seconds: float | None


class OwnScores(OwnAnswers):
    """The own scores of raters over one store; thread-safe."""

    kind: ClassVar[CampaignKind] = CampaignKind.satisfaction

    def history(self, rater_id: int, campaign_id: int, *, limit: int) -> list[OwnScoredBallot]:
        """The last ballots that a rater has closed in a campaign, newest first.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
        """
        with self._reading() as connection:
            self._check_known(connection, rater_id, campaign_id)
            return list(own_scores.answered(connection, rater_id, campaign_id, limit=limit))

    def statistics(self, rater_id: int, campaign_id: int) -> OwnScoreStatistics:
        """Counts and pace of a rater in a campaign."""
        with self._reading() as connection:
            answered = list(own_scores.answered(connection, rater_id, campaign_id))
        scored = [one for one in answered if one.scores]
        values = [value for one in scored for of_one in one.scores for value in of_one.values()]
        seconds = [one.seconds for one in scored if one.seconds is not None]
        unjudged = sum(value is None for value in values)
        return OwnScoreStatistics(
            ballots=len(scored),
            scores=len(values) - unjudged,
            unjudged=unjudged,
            skips=len(answered) - len(scored),
            median_seconds=median(seconds) if seconds else None,
        )

    def open_again(self, rater_id: int, token: str) -> OpenedScores:
        """Own scores with all that was said with them; nothing is written.

        Raises:
            NotFound: the rater has no such ballot.
            Conflict: the ballot has no scores, or the campaign takes no changes from this rater now.
        """
        with self._reading() as connection:
            row = self._changeable(connection, rater_id, token)
            ballot = replace(visible(connection, row), scores=self._recording(connection, row).recorded())
            return OpenedScores(ballot, row.flag, comment_of(connection, scores_of_ballot(connection, row.id)))

    def change(self, rater_id: int, token: str, given: ScoreInput) -> bool:
        """Replace own scores, and return whether anything differs from those that stand.

        The same change again writes nothing, so a request may be repeated. The time of the second look is added to
        that of the first.

        Raises:
            NotFound: the rater has no such ballot.
            Conflict: the ballot has no scores, or the campaign takes no changes from this rater now.
            BadInput: a score that the campaign does not ask for, or that is no step of its scale.
        """
        with self._database.transaction() as connection:
            ballots.lock_rater(connection, rater_id)
            chain.lock(connection)
            row = self._changeable(connection, rater_id, token)
            scores = self._recording(connection, row)
            last = scores_of_ballot(connection, row.id)
            if not last:
                raise Conflict("this ballot has no answer of yours that could be changed")
            check_scores(scores.campaign, given.scores, len(ballots.shown_responses(connection, row._asdict())))
            models = {response: one.kept["model_id"] for (response, _), one in last.items()}
            first = next(iter(last.values())).seconds
            both = replace(given, seconds=added_seconds(first, given.seconds))
            is_new = scores.replace(both, model_of=models.__getitem__, mint=self._mint)
            if is_new:
                ballots.change(connection, row.id, flag=given.flag)
            return is_new

    def _recording(self, connection: Connection, row: BallotRow) -> ScoreRecording:
        return ScoreRecording(connection, row, campaign_row(connection, row.campaign_id), self._clock())
