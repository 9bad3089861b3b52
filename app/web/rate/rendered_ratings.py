"""The rating service of the Rate page, with questions and responses rendered to safe HTML.

Model names are never read here.
"""

from app.web.compare.protocol import BallotProgress, BallotToken, CampaignChoice, Skip
from app.web.compare.rendered_texts import RenderedTexts
from app.web.compare.scales import scale_of
from app.web.rate.protocol import (
    OpenedResponses,
    OwnScoreNumbers,
    PageAnswer,
    RatedLine,
    RateState,
    RatingCampaignView,
    RenderedResponses,
    ResponsesSource,
    SavedScores,
    ScoreHistory,
    ScoreRemarks,
)
from arena.campaigns.open_ballots import OpenBallot, OpenBallots
from arena.campaigns.own_work.scores import OwnScores
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.service import RatingService
from storage.campaigns.campaigns import campaign_row, open_to
from storage.database.engine import Database
from storage.values import CampaignKind, Language, RatingLayout

KEPT_HISTORY = 50
"""Ballots in the history of a rater."""


class RenderedRatingService:
    """Implements `app.web.rate.protocol.RateService` on the arena's rating service."""

    def __init__(self, database: Database, rating: RatingService, own_scores: OwnScores, texts: RenderedTexts) -> None:
        """Serve a store.

        Args:
            database: the store, for campaigns.
            rating: assigns responses and records scores.
            own_scores: lists and changes the scores of a rater.
            texts: renders questions, responses and guidelines.
        """
        self._database = database
        self._rating = rating
        self._own_scores = own_scores
        self._texts = texts

    def state(self, rater_id: int, campaign_id: int | None, language: Language) -> RateState:
        """Open or resume the campaign with this id, or one with ballots left."""
        return self._state(rater_id, self._rating.open_ballots(rater_id, campaign_id), language)

    def shown(self, rater_id: int, token: str) -> None:
        """Record when a ballot became visible."""
        self._rating.mark_shown(rater_id, token)

    def answer(self, rater_id: int, answer: PageAnswer) -> SavedScores:
        """Record scores, or return the earlier scores of this ballot."""
        open_ballots = self._rating.rate(rater_id, answer.token, _given(answer), showing=answer.showing)
        return self._saved(open_ballots, answer.showing)

    def skip(self, rater_id: int, skip: Skip) -> SavedScores:
        """Skip a ballot."""
        open_ballots = self._rating.skip(
            rater_id, skip.token, skip.reason, flag=skip.flag, comment=skip.comment, showing=skip.showing
        )
        return self._saved(open_ballots, skip.showing)

    def undo(self, rater_id: int, language: Language) -> RateState:
        """Take back the last scores or skip; their ballot becomes `current`."""
        return self._state(rater_id, self._rating.undo(rater_id), language)

    def history(self, rater_id: int, campaign_id: int) -> ScoreHistory:
        """Return the rater's last scores in a campaign."""
        answered = self._own_scores.history(rater_id, campaign_id, limit=KEPT_HISTORY)
        lines = tuple(
            RatedLine(
                token=one.token,
                question=self._texts.excerpt(one.question_id),
                scores=one.scores,
                at=one.closed_at.isoformat(timespec="seconds"),
                flag=one.flag,
                pictures=self._texts.question_pictures(one.question_id),
            )
            for one in answered
        )
        return ScoreHistory(lines, self._own(rater_id, campaign_id))

    def open_again(self, rater_id: int, token: str) -> OpenedResponses:
        """Show own scores again; nothing is written."""
        opened = self._own_scores.open_again(rater_id, token)
        return OpenedResponses(self._ballot(opened.ballot), ScoreRemarks(opened.flag, opened.comment))

    def change(self, rater_id: int, answer: PageAnswer) -> bool:
        """Replace own scores, and return whether anything changed."""
        return self._own_scores.change(rater_id, answer.token, _given(answer))

    def source(self, rater_id: int, token: str) -> ResponsesSource:
        """Return the texts of an own ballot as they were written."""
        ballot = self._own_scores.ballot(rater_id, token)
        question, responses = self._texts.source(ballot.question_id, ballot.response_ids)
        return ResponsesSource(question, tuple(responses))

    def _own(self, rater_id: int, campaign_id: int) -> OwnScoreNumbers:
        return OwnScoreNumbers(**vars(self._own_scores.statistics(rater_id, campaign_id)))

    def _saved(self, open_ballots: OpenBallots, showing: str | None) -> SavedScores:
        current: BallotToken | RenderedResponses | None = None
        if open_ballots.current is not None:
            is_on_screen = open_ballots.current.token == showing
            current = BallotToken(showing or "") if is_on_screen else self._ballot(open_ballots.current)
        return SavedScores(
            repeated=open_ballots.repeated,
            scores=open_ballots.scores,
            progress=BallotProgress(open_ballots.done, open_ballots.total),
            current=current,
            next=None if open_ballots.next is None else self._ballot(open_ballots.next),
            can_undo=open_ballots.can_undo,
            guidelines_version=open_ballots.guidelines_version,
            end=open_ballots.end,
            may_pass=open_ballots.end is not None and open_ballots.end.may_pass,
            feedback=tuple(map(self._texts.expected_answer, open_ballots.feedback)),
        )

    def _state(self, rater_id: int, open_ballots: OpenBallots, language: Language) -> RateState:
        with self._database.reading() as session:
            others = bool(open_to(session, rater_id, CampaignKind.pairwise))
            live = bool(open_to(session, rater_id, CampaignKind.live))
        is_end = open_ballots.end is not None and open_ballots.campaign_id is not None
        return RateState(
            campaign=None if open_ballots.campaign_id is None else self._campaign(open_ballots.campaign_id, language),
            campaigns=tuple(CampaignChoice(one.id, one.name, one.done, one.total) for one in open_ballots.campaigns),
            progress=BallotProgress(open_ballots.done, open_ballots.total),
            current=None if open_ballots.current is None else self._ballot(open_ballots.current),
            next=None if open_ballots.next is None else self._ballot(open_ballots.next),
            can_undo=open_ballots.can_undo,
            end=open_ballots.end,
            may_pass=open_ballots.end is not None and open_ballots.end.may_pass,
            others=others,
            own=self._own(rater_id, open_ballots.campaign_id or 0) if is_end else None,
            live=live,
        )

    def _campaign(self, campaign_id: int, language: Language) -> RatingCampaignView:
        with self._database.reading() as session:
            row = campaign_row(session, campaign_id)
        return RatingCampaignView(
            id=campaign_id,
            name=row.name,
            guidelines=self._texts.guidelines(campaign_id, row.guidelines_version, language),
            guidelines_version=row.guidelines_version,
            example=row.example,
            scale=scale_of(row, language),
            layout=row.layout or RatingLayout.single,
        )

    def _ballot(self, ballot: OpenBallot) -> RenderedResponses:
        return RenderedResponses(
            token=ballot.token,
            question=self._texts.question(ballot.question_id),
            responses=tuple(self._texts.response(one) for one in ballot.response_ids),
            scores=ballot.scores,
            question_pictures=self._texts.question_pictures(ballot.question_id),
            response_pictures=tuple(self._texts.response_pictures(one) for one in ballot.response_ids),
        )


def _given(answer: PageAnswer) -> ScoreInput:
    return ScoreInput(answer.scores, seconds=answer.seconds, flag=answer.flag, comment=answer.comment)
