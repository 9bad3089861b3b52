"""What a study would ask for, before anything is stored.

A file of its own because a form asks after each change of a field, when a plan is not yet one that could be made.
"""

from dataclasses import dataclass

from sqlmodel import Session

from arena.campaigns.creation import CampaignPlan
from storage.campaigns.campaigns import contestants
from storage.campaigns.tallies import answers_per_question


@dataclass(frozen=True)
class Forecast:
    """The size of a study that does not exist yet.

    Attributes:
        n_models: models that would meet.
        n_questions: questions that at least two of them have answered.
        n_pairs: pairs of responses over all these questions.
        n_verdicts: verdicts until every pair has its overlap.
    """

    n_models: int
    n_questions: int
    n_pairs: int
    n_verdicts: int


def foresee(session: Session, plan: CampaignPlan) -> Forecast:
    """How large the study of a plan would be with the responses that are in the store today.

    Raises:
        NotFound: a model of the plan is not in the store.
    """
    models = contestants(session, plan.models)
    answers = answers_per_question(
        session, models.values(), category=plan.category, language=plan.language, source=plan.source
    )
    pairs = [number * (number - 1) // 2 for number in answers]
    n_pairs = sum(pairs)
    return Forecast(len(models), sum(1 for number in pairs if number), n_pairs, n_pairs * plan.overlap)
