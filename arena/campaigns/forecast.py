"""The size of a planned campaign, before anything is stored.

A file of its own because a form asks after each change of a field, when the plan may not be valid yet.
"""

from dataclasses import dataclass

from sqlmodel import Session

from arena.campaigns.creation import CampaignPlan, cells_per_question, sample_questions
from storage.campaigns.campaigns import contestants


@dataclass(frozen=True)
class CampaignForecast:
    """The size of a planned campaign.

    Attributes:
        n_models: number of models.
        n_questions: number of questions with something to answer.
        n_pairs: number of pairs of responses over all these questions, or of responses or questions to score.
        n_votes: expected number of answered ballots until each has as many raters as it shall have.
    """

    n_models: int
    n_questions: int
    n_pairs: int
    n_votes: int


def forecast_size(session: Session, plan: CampaignPlan) -> CampaignForecast:
    """The size of a planned campaign with the responses that are in the store now.

    Raises:
        NotFound: a model of the plan is not in the store.
    """
    models = contestants(session, plan.models)
    cells = cells_per_question(session, list(models.values()), plan.questions, plan.shape)
    if plan.n_questions is not None:
        cells = {one: cells[one] for one in sample_questions(cells, plan.n_questions, seed=plan.seed)}
    n_pairs = sum(cells.values())
    n_votes = round(n_pairs * (1 + plan.rules.overlap_share * (plan.overlap - 1)))
    return CampaignForecast(len(models), len(cells), n_pairs, n_votes)
