"""Gold items: pairs and responses of a campaign whose right answer is known.

A gold item need not belong to the questions or models of its campaign. Its pair is taken out of the ordinary draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import Preference
from storage.database.quality_tables import GoldItem
from storage.database.tables import Ballot, CampaignModel, CampaignQuestion, Question, Response
from storage.ledger import standing
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import STANDING_MODELS
from storage.values import SHOWABLE_STATES, BallotState, SpecialDraw, Winner

_GOLD, _BALLOT, _PREFERENCE = table_of(GoldItem), table_of(Ballot), table_of(Preference)
_CAMPAIGN_QUESTION, _CAMPAIGN_MODEL = table_of(CampaignQuestion), table_of(CampaignModel)
_QUESTION, _RESPONSE, _MODEL = table_of(Question), table_of(Response), STANDING_MODELS

TURNED = {Winner.model_a: Winner.model_b, Winner.model_b: Winner.model_a}
"""The winner of a pair whose sides are exchanged; ties stay as they are."""


@dataclass(frozen=True)
class GoldPair:
    """One gold item in force.

    Attributes:
        id: number of the item.
        question_id: the question.
        response_a_id: response A: of a pair the one with the smaller id.
        response_b_id: response B; None for a single response.
        winner: right answer in terms of A and B; None for a single response.
        dimension: dimension of the score; None for a pair and for a score on any dimension.
        score_low: lowest accepted score of a single response.
        score_high: highest accepted score of a single response.
        explanation: why the answer is right, shown after an onboarding item; None without one.
        onboarding: whether the item is asked first, with feedback.
    """

    id: int
    question_id: int
    response_a_id: int
    response_b_id: int | None
    winner: Winner | None
    dimension: str | None
    score_low: float | None
    score_high: float | None
    explanation: str | None
    onboarding: bool

    @property
    def pair(self) -> tuple[int, int, int | None]:
        """Question and both responses, by which a ballot belongs to the item."""
        return self.question_id, self.response_a_id, self.response_b_id

    def accepts(self, winner: str, *, swapped: bool) -> bool:
        """Whether a vote on the pair is right.

        Args:
            winner: vote in terms of the sides shown; `model_a` is the left side.
            swapped: whether response B was shown on the left.
        """
        return self.winner is not None and self.shown_winner(swapped=swapped) == winner

    def accepts_score(self, score: float | None) -> bool:
        """Whether a score of the response is right; None, for "cannot judge", is not."""
        low, high = self.score_low, self.score_high
        return score is not None and low is not None and high is not None and low <= score <= high

    def shown_winner(self, *, swapped: bool) -> Winner | None:
        """The right answer in terms of the sides shown; None for a single response."""
        if self.winner is None or not swapped:
            return self.winner
        return TURNED.get(self.winner, self.winner)


def gold_pairs(session: Sql, campaign_id: int) -> list[GoldPair]:
    """The gold items of a campaign that are in force, oldest first; those on excluded questions are left out."""
    rows = connection_of(session).execute(
        select(_GOLD)
        .where(
            _GOLD.c.campaign_id == campaign_id,
            _GOLD.c.removed_at.is_(None),
            _GOLD.c.question_id.not_in(standing.excluded(EXCLUSION.c.question_id)),
        )
        .order_by(_GOLD.c.id)
    )
    return [
        GoldPair(
            row.id,
            row.question_id,
            row.response_a_id,
            row.response_b_id,
            None if row.winner is None else Winner(row.winner),
            row.dimension,
            row.score_low,
            row.score_high,
            row.explanation,
            bool(row.onboarding),
        )
        for row in rows
    ]


def n_gold(session: Session, campaign_id: int, *, onboarding: bool) -> int:
    """The number of silent gold items, or of onboarding items, in force."""
    return sum(one.onboarding is onboarding for one in gold_pairs(session, campaign_id))


def add_gold(session: Session, campaign_id: int, items: Sequence[GoldPair], *, now: datetime) -> tuple[int, int]:
    """Store gold items and return the numbers of new items and of replaced ones; their `id` is not read.

    An item on the same question, responses and dimension as one in force takes its place.
    """
    before = {(*one.pair, one.dimension): one.id for one in gold_pairs(session, campaign_id)}
    replaced = [before[key] for one in items if (key := (*one.pair, one.dimension)) in before]
    remove_gold(session, replaced, now=now)
    rows = [
        {name: value for name, value in vars(one).items() if name != "id"}
        | {"campaign_id": campaign_id, "created_at": now}
        for one in items
    ]
    if rows:
        session.execute(insert(_GOLD), rows)
    return len(items) - len(replaced), len(replaced)


def remove_gold(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """Take gold items out of force; what was answered to them stays with the items."""
    if ids:
        session.execute(update(_GOLD).where(_GOLD.c.id.in_(ids)).values(removed_at=now))


def gold_of_ballot(session: Sql, campaign_id: int, question_id: int, a: int, b: int | None) -> GoldPair | None:
    """The gold item in force to which a ballot belongs."""
    found = [one for one in gold_pairs(session, campaign_id) if one.pair == (question_id, a, b)]
    return found[0] if found else None


def showable(session: Session, source: str | None, question: str, models: Sequence[str]) -> dict[str, dict[int, int]]:
    """The first response of each model that can be shown for a question: response ids by name and question id.

    Args:
        session: a reading session.
        source: source of the question; None where its key alone says which.
        question: key of the question.
        models: standing names of the models.
    """
    chosen = (
        select(_MODEL.c.name, _RESPONSE.c.question_id, func.min(_RESPONSE.c.id))
        .select_from(_RESPONSE)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .where(
            _QUESTION.c.key == question,
            _QUESTION.c.turns.is_not(None),
            _MODEL.c.name.in_(models),
            _RESPONSE.c.state.in_(SHOWABLE_STATES),
        )
        .group_by(_MODEL.c.name, _RESPONSE.c.question_id)
        .order_by(_RESPONSE.c.question_id)
    )
    if source is not None:
        chosen = chosen.where(_QUESTION.c.source == source)
    found: dict[str, dict[int, int]] = {}
    for name, question_id, response_id in session.execute(chosen):
        found.setdefault(str(name), {})[int(question_id)] = int(response_id)
    return found


def example_question(session: Session, campaign_id: int | None = None) -> tuple[str, list[str]] | None:
    """The key of the first question that two models answered, and the names of both; None where there is none.

    Args:
        session: a reading session.
        campaign_id: the campaign whose questions and models count; None for all of the store.
    """
    chosen = (
        select(_QUESTION.c.id, _QUESTION.c.key, func.min(_MODEL.c.name), func.max(_MODEL.c.name))
        .select_from(_RESPONSE)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .where(_QUESTION.c.turns.is_not(None), _RESPONSE.c.state.in_(SHOWABLE_STATES))
        .group_by(_QUESTION.c.id, _QUESTION.c.key)
        .having(func.min(_MODEL.c.name) < func.max(_MODEL.c.name))
        .order_by(_QUESTION.c.id)
        .limit(1)
    )
    if campaign_id is not None:
        questions = select(_CAMPAIGN_QUESTION.c.question_id).where(_CAMPAIGN_QUESTION.c.campaign_id == campaign_id)
        models = select(_CAMPAIGN_MODEL.c.model_id).where(_CAMPAIGN_MODEL.c.campaign_id == campaign_id)
        chosen = chosen.where(_QUESTION.c.id.in_(questions), _MODEL.c.id.in_(models))
    row = session.execute(chosen).first()
    return None if row is None else (str(row[1]), [str(row[2]), str(row[3])])


def agreed_pairs(session: Session, campaign_id: int, *, least: int) -> list[tuple[int, int, int, Winner]]:
    """Pairs of a campaign on which all standing votes agree, with `(question, response A, response B, winner)`.

    Votes that were reported as broken, on gold items and on repeats are left out. A pair with a both-bad vote or a
    tie is no gold item: such votes say too little about what another rater must answer.

    Args:
        session: a reading session.
        campaign_id: the campaign.
        least: fewest votes on a pair.
    """
    vote, ballot = _PREFERENCE, _BALLOT
    rows = session.execute(
        select(ballot.c.question_id, ballot.c.response_a_id, ballot.c.response_b_id, vote.c.winner, ballot.c.swapped)
        .select_from(vote)
        .join(ballot, ballot.c.id == vote.c.ballot_id)
        .where(
            ballot.c.campaign_id == campaign_id,
            ballot.c.state == BallotState.voted,
            ballot.c.policy.not_in(list(SpecialDraw)),
            vote.c.flag.is_(None),
            standing.counts(vote),
        )
        .order_by(ballot.c.question_id, ballot.c.response_a_id, ballot.c.response_b_id)
    )
    given: dict[tuple[int, int, int], list[Winner]] = {}
    for question, a, b, winner, swapped in rows:
        meant = Winner(winner)
        given.setdefault((question, a, b), []).append(TURNED.get(meant, meant) if swapped else meant)
    return [
        (*pair, votes[0])
        for pair, votes in given.items()
        if len(votes) >= least and len(set(votes)) == 1 and votes[0] in TURNED
    ]
