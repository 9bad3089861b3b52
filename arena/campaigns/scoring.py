"""What raters score in a campaign: the dimensions, the steps of the scale with their labels, and the layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from storage.errors import BadInput
from storage.values import CampaignKind, RatingLayout, without_nul

MOST_DIMENSIONS = 12
MOST_STEPS = 10
HIGHEST_STEP = 10
MOST_RESPONSES = 6
"""Responses side by side on one ballot; more do not fit on a screen."""
LONGEST_DIMENSION = 60
LONGEST_LABEL = 80

GivenScores = Sequence[Mapping[str, int | None]]
"""Scores of one ballot: for each response, in the order shown, the step by dimension; None for "cannot judge"."""


class ScoringCampaign(Protocol):
    """The columns of a campaign that say what a ballot shows and asks."""

    kind: CampaignKind
    layout: str | None
    dimensions: list[str] | None
    scale_low: float | None
    scale_high: float | None


@dataclass(frozen=True)
class ScoringPlan:
    """What raters score, and on which scale.

    Attributes:
        dimensions: unique names in the order of the page; those of `storage.values.DIMENSIONS` are described there.
        low: lowest step, a whole number from 0.
        high: highest step, a whole number up to 10; a scale has 2 to 10 steps.
        labels: texts of steps by number; without one, the ends are labelled in the reader's language.
        layout: whether a ballot shows one response or all responses to a question.
    """

    dimensions: Sequence[str] = ("overall",)
    low: int = 1
    high: int = 5
    labels: Mapping[int, str] = field(default_factory=dict)
    layout: RatingLayout = RatingLayout.single

    def checked(self) -> "ScoringPlan":
        """The same plan with trimmed texts.

        Raises:
            BadInput: no dimension, one too many or twice, a scale that the page cannot show, or a label off the scale.
        """
        names = [_text(name, "dimension", LONGEST_DIMENSION) for name in self.dimensions]
        if not names:
            raise BadInput("expected at least one dimension to score, got none; add 'overall', for example")
        if len(names) > MOST_DIMENSIONS:
            raise BadInput(f"expected at most {MOST_DIMENSIONS} dimensions, got {len(names)}; leave some out")
        folded = [name.casefold() for name in names]
        for name in names:
            if folded.count(name.casefold()) > 1:
                raise BadInput(f"expected each dimension once, got {name!r} twice; rename one or leave it out")
        if not 0 <= self.low < self.high <= HIGHEST_STEP or self.high - self.low >= MOST_STEPS:
            raise BadInput(
                f"expected a scale of 2 to {MOST_STEPS} steps between 0 and {HIGHEST_STEP}, got {self.low} to "
                f"{self.high}; take 1 to 5, for example"
            )
        outside = [step for step in self.labels if not self.low <= step <= self.high]
        if outside:
            raise BadInput(
                f"expected labels of steps from {self.low} to {self.high}, got one for {outside[0]}; correct its number"
            )
        labels = {step: _text(label, "label of a step", LONGEST_LABEL) for step, label in sorted(self.labels.items())}
        return ScoringPlan(tuple(names), self.low, self.high, labels, self.layout)


def check_scores(campaign: ScoringCampaign, scores: GivenScores, n_responses: int) -> None:
    """Check the scores of one ballot against its campaign.

    Raises:
        BadInput: a response or dimension that is missing or unknown, or a score that is no step of the scale.
    """
    names = list(campaign.dimensions or ())
    if not names or campaign.scale_low is None or campaign.scale_high is None:
        raise BadInput("expected a campaign with dimensions to score, got one without; leave the scores out")
    low, high = round(campaign.scale_low), round(campaign.scale_high)
    if len(scores) != n_responses:
        raise BadInput(f"expected scores of {n_responses} responses, got {len(scores)}; reload the page")
    for one in scores:
        if one.keys() != set(names):
            raise BadInput(f"expected a score or 'cannot judge' for {', '.join(names)}, got {', '.join(one) or 'none'}")
        wrong = [score for score in one.values() if score is not None and not low <= score <= high]
        if wrong:
            raise BadInput(f"expected scores from {low} to {high}, got {wrong[0]}; reload the page")


def _text(text: str, what: str, longest: int) -> str:
    trimmed = without_nul(text).strip()
    if not trimmed:
        raise BadInput(f"expected a name for every {what}, got an empty one")
    if len(trimmed) > longest:
        raise BadInput(f"expected a {what} of at most {longest} characters, got {len(trimmed)}; shorten it")
    return trimmed
