"""Record and take back the scores of a ballot, inside the transaction of one operation of a rater."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from arena.campaigns.scoring import GivenScores
from storage.campaigns.ballots import BallotRow, shown_responses
from storage.ledger import ratings
from storage.ledger.ratings import FLAGGED, BallotScore
from storage.values import ScoreState

RecordedScores = tuple[Mapping[str, int | None], ...]
"""Scores as recorded: for each response, in the order shown, the step by dimension; None for "cannot judge"."""


@dataclass(frozen=True)
class ScoreInput:
    """The scores of one ballot as the page sends them.

    Attributes:
        scores: for each response, in the order shown, the step by dimension; None for "cannot judge".
        seconds: time for which the responses were visible; None when unknown.
        flag: fault of the responses that the rater reports; None without one.
        comment: free text beside the scores.
        hidden_seconds: time for which the page was in a hidden tab while the ballot was open; None when unknown.
    """

    scores: GivenScores
    seconds: float | None = None
    flag: str | None = None
    comment: str | None = None
    hidden_seconds: float | None = None


@dataclass(frozen=True)
class ScoreRecording:
    """The scores of one ballot in the ledger.

    Attributes:
        connection: a transaction that holds the lock of the ledger.
        row: the ballot.
        campaign: columns of its campaign.
        now: time of every row.
    """

    connection: Connection
    row: BallotRow
    campaign: Any
    now: datetime

    def record(self, given: ScoreInput, *, model_of: Callable[[int], int], mint: Callable[[], str]) -> None:
        """Append one row per response and dimension in one batch; a row that was undone before is superseded.

        Args:
            given: checked scores.
            model_of: the model of a response.
            mint: makes the salt of a comment.
        """
        last = ratings.scores_of_ballot(self.connection, self.row.id) if self.row.undos else {}
        self._append(given, last, model_of=model_of, mint=mint)

    def replace(self, given: ScoreInput, *, model_of: Callable[[int], int], mint: Callable[[], str]) -> bool:
        """Supersede the scores that stand by others, and return whether anything differs; equal ones write nothing.

        Arguments as in `record`.
        """
        last = ratings.scores_of_ballot(self.connection, self.row.id)
        flags = {one.cause for one in last.values() if one.state is not ScoreState.undone}
        said = (tuple(map(dict, given.scores)), {self._cause(given)}, given.comment)
        if said == (self.recorded(), flags, ratings.comment_of(self.connection, last)):
            return False
        self._append(given, last, model_of=model_of, mint=mint)
        return True

    def _append(
        self,
        given: ScoreInput,
        last: Mapping[tuple[int, str], BallotScore],
        *,
        model_of: Callable[[int], int],
        mint: Callable[[], str],
    ) -> None:
        rows = []
        for response, scores in zip(shown_responses(self.connection, self.row._asdict()), given.scores, strict=True):
            for dimension in self.campaign.dimensions:
                score, before = scores[dimension], last.get((response, dimension))
                rows.append(
                    {
                        "rater_id": self.row.rater_id,
                        "question_id": self.row.question_id,
                        "model_id": model_of(response),
                        "response_id": response,
                        "dimension": dimension,
                        "state": ScoreState.cannot_judge if score is None else ScoreState.scored,
                        "score": score,
                        "scale_low": self.campaign.scale_low,
                        "scale_high": self.campaign.scale_high,
                        "cause": self._cause(given),
                        "seconds": given.seconds,
                        "sample": 0,
                        "ballot_id": self.row.id,
                        "supersedes": None if before is None else before.position,
                        "created_at": self.now,
                    }
                )
        salt = mint() if given.comment else ""
        ratings.record_scores(self.connection, rows, comment=given.comment, salt=salt, now=self.now)

    @staticmethod
    def _cause(given: ScoreInput) -> str | None:
        return f"{FLAGGED}{given.flag}" if given.flag else None

    def take_back(self) -> RecordedScores:
        """Take all scores back and return them; nothing is written where none stand."""
        recorded = self.recorded()
        ratings.undo_scores(self.connection, ratings.scores_of_ballot(self.connection, self.row.id), now=self.now)
        return recorded

    def recorded(self) -> RecordedScores:
        """The scores that stand; no entries without any."""
        last = ratings.scores_of_ballot(self.connection, self.row.id)
        standing = {key: one for key, one in last.items() if one.state is not ScoreState.undone}
        found = []
        for response in shown_responses(self.connection, self.row._asdict()):
            scores = {
                dimension: None if one.score is None else round(one.score)
                for (of, dimension), one in standing.items()
                if of == response
            }
            found.append(scores)
        return tuple(found) if standing else ()
