"""Create a campaign from the questions and responses of the store, and compute its progress."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from arena.campaigns.blindness import check_hides, default_guidelines
from arena.campaigns.gold_files import GoldRow, add_gold_rows, gold_questions
from arena.campaigns.pairing import MINIMUM_UNIFORM_SHARE, CellShape, gold_cells, make_cells, places_of, shape_of
from arena.campaigns.scoring import MOST_RESPONSES, ScoringPlan
from arena.campaigns.settings import DrawingSettings, check_settings
from storage.campaigns import ballots, campaigns
from storage.campaigns.gold import gold_pairs
from storage.campaigns.progress_counts import campaign_counts
from storage.campaigns.question_choice import Choice, QuestionChoice
from storage.campaigns.rules import QualityRules, rules_of, set_rules
from storage.campaigns.tallies import answers_per_question
from storage.database.tables import Campaign
from storage.errors import BadInput
from storage.values import BallotState, CampaignKind, RatingLayout, SpecialDraw, without_nul

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
        search: only questions whose text contains these words, in any case of letters; None for all.
        like: only questions of the campaign with this number; None for all.
        n_questions: number of questions, drawn at random by `seed` among those that can be answered; None for all. Side
            by side, those of the gold items are always among them.
        overlap: number of raters per pair, 1 or more.
        policy: name of a pairing policy.
        uniform_share: share of uniform draws, `MINIMUM_UNIFORM_SHARE` to 1.
        guidelines: Markdown; None for the built-in text of the kind.
        seed: seed of the draws of questions and pairs, and of the sides.
        example: whether its votes are example data; the pages say so.
        rules: quality rules; a gold share or a rule on gold answers needs `gold`.
        gold: gold items, stored with the campaign.
        kind: whether raters vote on pairs or score responses.
        scoring: dimensions and scale; with pairs, raters may score both responses after each vote; None without
            scores.
    """

    name: str
    models: Sequence[str] = field(default_factory=tuple)
    category: Choice = None
    language: Choice = None
    source: Choice = None
    search: str | None = None
    like: int | None = None
    n_questions: int | None = None
    overlap: int = 1
    policy: str = "deficit"
    uniform_share: float = MINIMUM_UNIFORM_SHARE
    guidelines: str | None = None
    seed: int = 0
    example: bool = False
    rules: QualityRules = field(default_factory=QualityRules)
    gold: Sequence[GoldRow] = field(default_factory=tuple)
    kind: CampaignKind = CampaignKind.pairwise
    scoring: ScoringPlan | None = None

    @property
    def questions(self) -> QuestionChoice:
        """The questions that the plan means."""
        return QuestionChoice(self.category, self.language, self.source, self.search, self.like)

    @property
    def shape(self) -> CellShape:
        """What one ballot of the plan shows."""
        if self.kind is CampaignKind.pairwise:
            return "pair"
        together = self.scoring is not None and self.scoring.layout is RatingLayout.side_by_side
        return "question" if together else "response"


@dataclass(frozen=True)
class CampaignProgress:
    """The progress of a campaign.

    Attributes:
        models: names of its models.
        n_questions: number of its questions.
        n_pairs: number of cells: pairs of showable responses over all questions, or responses or questions to score.
        votes_wanted: number of answered ballots when every cell has as many raters as it shall have.
        votes_filled: number of them that are there; more answers on a cell than it shall have fill no other one.
        ballots: number of ballots by state, without gold items and repeats.
        votes: number of votes by pair of model names, without gold items and repeats.
        scored: number of ballots with scores by model name, without gold items and repeats.
        special: number of answers on gold items, on onboarding items, and on repeats.
    """

    models: list[str]
    n_questions: int
    n_pairs: int
    votes_wanted: int
    votes_filled: int
    ballots: dict[BallotState, int]
    votes: dict[tuple[str, str], int]
    scored: dict[str, int]
    special: dict[SpecialDraw, int] = field(default_factory=dict)


def create_campaign(session: Session, plan: CampaignPlan, *, now: datetime) -> int:
    """Store a campaign and return its id.

    Raises:
        BadInput: an invalid name, number or share, a wrong gold item, or nothing in the store that could be compared.
        NotFound: a model that is not in the store.
        Conflict: a campaign of that name exists.
    """
    scoring = _check(plan, now)
    models = campaigns.contestants(session, plan.models)
    questions = _chosen_questions(session, plan, list(models.values()))
    _check_number(plan, scoring, len(models))
    if not questions:
        raise BadInput("expected questions with a text to show, got none; import questions or loosen the filters")
    guidelines = default_guidelines(plan.kind) if plan.guidelines is None else plan.guidelines
    check_hides(plan.name, list(models), what="campaign name")
    check_hides(guidelines, list(models), what="text of guidelines")
    for text in () if scoring is None else (*scoring.dimensions, *scoring.labels.values()):
        check_hides(text, list(models), what="text of the scale")
    campaign = Campaign(
        name=plan.name.strip(),
        kind=plan.kind,
        **_scoring_columns(scoring),
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
    if scoring is not None:
        labels = {str(step): label for step, label in scoring.labels.items()}
        campaigns.add_scale(session, number, labels=labels, layout=scoring.layout)
    shape = shape_of(campaigns.campaign_row(session, number))
    if len(make_cells(campaigns.showable_responses(session, number), shape)) == 0:
        least = "at least two of the models have" if plan.kind is CampaignKind.pairwise else "at least one model has"
        raise BadInput(f"expected questions that {least} answered, got none; import their responses first")
    set_rules(session, number, plan.rules)
    add_gold_rows(session, number, plan.gold, now=now)
    return number


def _chosen_questions(session: Session, plan: CampaignPlan, models: Sequence[int]) -> list[int]:
    """Every question that the plan means, or the sample of those that can be answered."""
    if plan.n_questions is None:
        return campaigns.eligible_questions(session, plan.questions)
    cells = cells_per_question(session, models, plan.questions, plan.shape)
    # side by side, a gold item is an answer among the others of a question, so that the campaign must have it
    always = gold_questions(session, plan.gold) & cells.keys() if plan.shape == "question" else set()
    if len(always) > plan.n_questions:
        raise BadInput(
            f"expected a sample of at least {len(always)} questions, because gold items are about so many, got "
            f"{plan.n_questions}; raise the number or leave gold items out"
        )
    return sample_questions(cells, plan.n_questions, seed=plan.seed, always=always)


def cells_per_question(
    session: Session, models: Collection[int], choice: QuestionChoice, shape: CellShape
) -> dict[int, int]:
    """The number of pairs of responses, of responses, or of questions to answer, by question; zeros are left out."""
    answers = answers_per_question(session, models, choice)
    cells = {question: _n_cells(number, shape) for question, number in answers.items()}
    return {question: number for question, number in cells.items() if number}


def sample_questions(cells: Mapping[int, int], number: int, *, seed: int, always: Collection[int] = ()) -> list[int]:
    """Draw questions with something to answer, in the order in which they were stored.

    The same seed gives the same questions, and a larger number includes those of a smaller one. All questions are
    drawn where there are fewer than asked for. Those of `always` come first.
    """
    questions = np.array(sorted(cells), dtype=np.int64)
    order = questions[np.random.default_rng(seed).permutation(len(questions))].tolist()
    return sorted(sorted(order, key=lambda question: question not in always)[:number])


def _n_cells(answers: int, shape: CellShape) -> int:
    if shape == "pair":
        return answers * (answers - 1) // 2
    return min(answers, 1) if shape == "question" else answers


def _check_number(plan: CampaignPlan, scoring: ScoringPlan | None, n_models: int) -> None:
    if plan.kind is CampaignKind.pairwise and n_models < 2:
        raise BadInput(f"expected at least two models to compare, got {n_models}; import responses of more models")
    if scoring is not None and scoring.layout is RatingLayout.side_by_side and n_models > MOST_RESPONSES:
        raise BadInput(
            f"expected at most {MOST_RESPONSES} models side by side, got {n_models}; choose fewer models, or show "
            "single responses"
        )


def progress(session: Session, campaign: Campaign) -> CampaignProgress:
    """The progress of a campaign, with the pairs that its present responses allow."""
    number = int(campaign.id or 0)
    names, n_questions = campaigns.names(session, number)
    shape = shape_of(campaigns.campaign_row(session, number))
    cells = make_cells(campaigns.showable_responses(session, number), shape)
    counts = campaign_counts(session, number)
    share = rules_of(session, number).overlap_share
    places = places_of(cells, overlap=campaign.overlap, share=share, seed=campaign.seed)
    places[gold_cells(cells, gold_pairs(session, number))] = 0
    for question, a, b, n in ballots.answered(session.connection(), number):
        if (cell := cells.find(question, a, b)) is not None:
            cells.filled[cell] += n
    return CampaignProgress(
        names,
        n_questions,
        len(cells),
        int(places.sum()),
        int(np.minimum(cells.filled, places).sum()),
        counts.ballots,
        counts.votes,
        counts.scored,
        counts.special,
    )


def _scoring_columns(scoring: ScoringPlan | None) -> dict[str, Any]:
    """Columns of a campaign for its dimensions and scale."""
    if scoring is None:
        return {}
    return {
        "dimensions": list(scoring.dimensions),
        "scale_low": float(scoring.low),
        "scale_high": float(scoring.high),
    }


def _check(plan: CampaignPlan, now: datetime) -> ScoringPlan | None:
    name = without_nul(plan.name.strip())
    if not name:
        raise BadInput("expected a name for the campaign, got an empty one")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"expected a campaign name of at most {LONGEST_NAME} characters, got {len(name)}; shorten it")
    if not 0 <= plan.seed < 2**63:
        raise BadInput(f"expected a seed from 0 to 2^63 - 1, got {plan.seed}; choose another")
    if plan.n_questions is not None and plan.n_questions < 1:
        raise BadInput(f"expected at least one question, got {plan.n_questions}; leave the number out for all")
    onboarding = sum(one.onboarding for one in plan.gold)
    settings = DrawingSettings(plan.overlap, plan.policy, plan.uniform_share, plan.rules)
    check_settings(settings, silent=len(plan.gold) - onboarding, onboarding=onboarding, now=now)
    if plan.kind is CampaignKind.satisfaction and plan.scoring is None:
        raise BadInput("expected at least one dimension to score, got none; add 'overall', for example")
    return None if plan.scoring is None else plan.scoring.checked()
