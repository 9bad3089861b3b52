"""The size of a planned campaign, before anything is stored.

A file of its own because a form asks after each change of a field, when the plan may not be valid yet.
"""

from dataclasses import dataclass

from sqlmodel import Session

from arena.campaigns.creation import CampaignPlan
from storage.campaigns.campaigns import contestants
from storage.campaigns.tallies import answers_per_question
from storage.values import CampaignKind, RatingLayout


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
    answers = answers_per_question(session, list(models.values()), plan.questions)
    pairs = [_cells(plan, number) for number in answers]
    n_pairs = sum(pairs)
    n_votes = round(n_pairs * (1 + plan.rules.overlap_share * (plan.overlap - 1)))
    return CampaignForecast(len(models), sum(1 for number in pairs if number), n_pairs, n_votes)


def _cells(plan: CampaignPlan, answers: int) -> int:
    """Number of cells of a question with this number of answers."""
    if plan.kind is CampaignKind.pairwise:
        return answers * (answers - 1) // 2
    together = plan.scoring is not None and plan.scoring.layout is RatingLayout.side_by_side
    return min(answers, 1) if together else answers
