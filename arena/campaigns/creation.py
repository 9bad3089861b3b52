"""Create a campaign from the questions and responses of the store, and compute its progress."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from arena.campaigns.blindness import check_hides, default_guidelines
from arena.campaigns.pairing import MINIMUM_UNIFORM_SHARE, POLICIES, make_cells
from storage.campaigns import campaigns
from storage.campaigns.question_choice import Choice
from storage.database.tables import Campaign
from storage.errors import BadInput
from storage.values import BallotState, CampaignKind, without_nul

LONGEST_NAME = 200


@dataclass(frozen=True)
class CampaignPlan:
    """The settings of a new campaign.

    Attributes:
        name: unique name, shown to raters, so it must not contain the name of a model.
        models: names of the models to compare; empty for all models that have responses.
        category: only questions of this category, or of several.
        language: only questions in this language, or in several.
        source: only questions of this source, or of several.
        search: only questions whose first turn contains this text, in any case of letters; None for all.
        overlap: number of raters per pair, 1 or more.
        policy: name of a pairing policy.
        uniform_share: share of uniform draws, `MINIMUM_UNIFORM_SHARE` to 1.
        guidelines: Markdown; None for the built-in text.
        seed: seed of the draws and of the sides.
        example: whether its votes are example data; the pages say so.
    """

    name: str
    models: Sequence[str] = field(default_factory=tuple)
    category: Choice = None
    language: Choice = None
    source: Choice = None
    search: str | None = None
    overlap: int = 1
    policy: str = "deficit"
    uniform_share: float = MINIMUM_UNIFORM_SHARE
    guidelines: str | None = None
    seed: int = 0
    example: bool = False


@dataclass(frozen=True)
class CampaignProgress:
    """The progress of a campaign.

    Attributes:
        models: names of its models.
        n_questions: number of its questions.
        n_pairs: number of cells, that is pairs of showable responses over all questions.
        votes_wanted: number of votes when every pair has its overlap.
        ballots: number of ballots by state.
        votes: number of votes by pair of model names.
    """

    models: list[str]
    n_questions: int
    n_pairs: int
    votes_wanted: int
    ballots: dict[BallotState, int]
    votes: dict[tuple[str, str], int]


def create_campaign(session: Session, plan: CampaignPlan, *, now: datetime) -> int:
    """Store a campaign and return its id.

    Raises:
        BadInput: an invalid name, number or share, or nothing in the store that could be compared.
        NotFound: a model that is not in the store.
        Conflict: a campaign of that name exists.
    """
    _check(plan)
    models = campaigns.contestants(session, plan.models)
    questions = campaigns.eligible_questions(
        session, category=plan.category, language=plan.language, source=plan.source, search=plan.search
    )
    if len(models) < 2:
        raise BadInput(f"expected at least two models to compare, got {len(models)}; import responses of more models")
    if not questions:
        raise BadInput("expected questions with a text to show, got none; import questions or loosen the filters")
    guidelines = default_guidelines() if plan.guidelines is None else plan.guidelines
    check_hides(plan.name, list(models), what="campaign name")
    check_hides(guidelines, list(models), what="text of guidelines")
    campaign = Campaign(
        name=plan.name.strip(),
        kind=CampaignKind.pairwise,
        overlap=plan.overlap,
        policy=plan.policy,
        uniform_share=plan.uniform_share,
        seed=plan.seed,
        example=plan.example,
        created_at=now,
    )
    number = campaigns.add_campaign(
        session, campaign, guidelines=guidelines, questions=questions, models=list(models.values())
    )
    if len(make_cells(campaigns.showable_responses(session, number))) == 0:
        raise BadInput(
            "expected questions that at least two of the models have answered, got none; import their responses first"
        )
    return number


def progress(session: Session, campaign: Campaign) -> CampaignProgress:
    """The progress of a campaign, with the pairs that its present responses allow."""
    number = int(campaign.id or 0)
    names, n_questions = campaigns.names(session, number)
    cells = make_cells(campaigns.showable_responses(session, number))
    counts = campaigns.counts(session, number)
    return CampaignProgress(names, n_questions, len(cells), len(cells) * campaign.overlap, counts.ballots, counts.votes)


def _check(plan: CampaignPlan) -> None:
    name = without_nul(plan.name.strip())
    if not name:
        raise BadInput("expected a name for the campaign, got an empty one")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"expected a campaign name of at most {LONGEST_NAME} characters, got {len(name)}; shorten it")
    if not 0 <= plan.seed < 2**63:
        raise BadInput(f"expected a seed from 0 to 2^63 - 1, got {plan.seed}; choose another")
    if plan.overlap < 1:
        raise BadInput(f"expected an overlap of 1 or more raters per pair, got {plan.overlap}")
    if plan.policy not in POLICIES:
        raise BadInput(f"expected a pairing policy among {', '.join(POLICIES)}, got {plan.policy!r}")
    if not MINIMUM_UNIFORM_SHARE <= plan.uniform_share <= 1:
        raise BadInput(f"expected a uniform share of {MINIMUM_UNIFORM_SHARE} to 1, got {plan.uniform_share!r}")
