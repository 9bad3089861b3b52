"""A store with one small open campaign, for tests of voting."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.service import RatingService, VotingService
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.database.tables import Model, Question, Rater, Response
from storage.values import RaterKind, ResponseState, Role, as_turn
from tests.clocks import START, Clock

PLAN = CampaignPlan(name="campaign")


@dataclass
class Arena:
    """A store with one open campaign, its raters, and a voting service."""

    database: Database
    clock: Clock
    voting: VotingService
    campaign: int
    raters: list[int]
    models: dict[int, str]

    def another_process(self) -> VotingService:
        """A second service on the same store, with nothing in memory."""
        return VotingService(self.database, clock=self.clock, mint=make_mint())

    def rating(self) -> RatingService:
        """A service for scores, with nothing in memory."""
        return RatingService(self.database, clock=self.clock, mint=make_mint())


def make_arena(
    database: Database,
    *,
    n_models: int = 3,
    n_questions: int = 4,
    n_raters: int = 2,
    overlap: int = 1,
    seed: int = 7,
    plan: CampaignPlan = PLAN,
) -> Arena:
    """A campaign in which every model has answered every question."""
    clock = Clock(step=timedelta(microseconds=1))
    with database.writing() as session:
        models = [Model(name=f"model-{i}") for i in range(n_models)]
        questions = [
            Question(source="test", key=f"q{i}", turns=[as_turn(f"Question {i}?")], created_at=START)
            for i in range(n_questions)
        ]
        raters = [
            Rater(kind=RaterKind.human, source="test", key=f"r{i}", role=Role.annotator, created_at=START)
            for i in range(n_raters)
        ]
        session.add_all([*models, *questions, *raters])
        session.flush()
        for question in questions:
            for model in models:
                session.add(response(question, model))
        session.flush()
        campaign = create_campaign(session, replace(plan, overlap=overlap, seed=seed), now=START)
        ids = [int(rater.id or 0) for rater in raters]
        invite_raters(session, campaign, ids)
        names = {int(model.id or 0): model.name for model in models}
    return Arena(database, clock, VotingService(database, clock=clock, mint=make_mint()), campaign, ids, names)


def response(question: Question, model: Model, state: ResponseState = ResponseState.ok) -> Response:
    """A response whose text names nobody."""
    return Response(
        question_id=int(question.id or 0),
        model_id=int(model.id or 0),
        turns=[as_turn(f"Response to {question.key}.")],
        settings_digest="0" * 64,
        state=state,
        created_at=START,
    )


_NUMBERS = count()


def make_mint() -> Callable[[], str]:
    """A source of tokens that differ."""
    return lambda: f"token-{next(_NUMBERS)}"
