"""Simulated raters who answer blind ballots from known qualities of the models.

The votes of the demo come from here, and rating methods can be checked against the known qualities. A simulated rater
answers any ballot, so example votes take the same path as real ones.

Each side has a quality in Elo points: strength of the model + its offset in the category of the question + the
personal offset of this rater. With d = quality left - quality right + left bias, x = 10^(d / 800) and nu the
propensity to tie,

    P(left) = x / (x + 1/x + nu),   P(right) = (1/x) / (x + 1/x + nu),   P(tie) = nu / (x + 1/x + nu),

the tie model of R. R. Davidson, "On extending the Bradley-Terry model to accommodate ties in paired comparison
experiments", JASA 65 (1970), 317-328, https://doi.org/10.1080/01621459.1970.10481082, written with worths
10^(quality / 400). Davidson knows no "both bad": it takes a share of the ties, which grows as the
better of the two sides gets worse,

    P(both bad | tie) = 1 / (1 + 10^((better quality - poor_below) / poor_scale)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from storage.errors import BadInput
from storage.seed.loading import Qualities
from storage.values import FlagReason, Language, SkipReason, Winner

Choice = TypeVar("Choice")

SHORTEST_SECONDS, LONGEST_SECONDS = 2.0, 600.0
"""Times are clipped to this range: nobody reads a pair faster, and longer times are breaks."""

_FLAGS = (FlagReason.broken, FlagReason.other)
_COMMENTS: Mapping[tuple[Winner, Language], tuple[str, ...]] = {
    (Winner.model_a, "en"): ("Left follows the instructions more closely.", "The left one is better organised."),
    (Winner.model_b, "en"): ("Right gets to the point.", "I trust the right one more."),
    (Winner.tie, "en"): ("Same content, only the layout differs.", "I could not choose between these two."),
    (Winner.both_bad, "en"): ("Neither does what was asked.", "I would not use either of these."),
    (Winner.model_a, "zh"): ("左边更贴合要求。", "左边条理清楚。"),
    (Winner.model_b, "zh"): ("右边更直接。", "右边更让人信服。"),
    (Winner.tie, "zh"): ("只有排版不同。", "难分高下。"),
    (Winner.both_bad, "zh"): ("两个都没按要求来。", "哪个都不敢用。"),
}


class OutcomeProbabilities(NamedTuple):
    """Probabilities of the four outcomes of a vote, in the order of `Winner`; they sum to 1."""

    model_a: float
    model_b: float
    tie: float
    both_bad: float


@dataclass(frozen=True)
class Decision:
    """The answer of a rater to one ballot: a vote or a skip.

    Attributes:
        choice: the vote, `model_a` being the left side; None if the ballot is skipped.
        skip_reason: reason of a skip; None for a vote.
        seconds: time from seeing the pair to deciding.
        flag: reported fault of the pair; usually None.
        comment: comment in the language of the question; usually None.
    """

    choice: Winner | None
    skip_reason: SkipReason | None
    seconds: float
    flag: FlagReason | None
    comment: str | None


@dataclass(frozen=True)
class SimulatedRater:
    """A simulated rater for the models of `qualities`.

    Attributes:
        name: a pseudonym such as "Example rater 1".
        qualities: known qualities that all raters share.
        taste: personal offset of this rater by model, in Elo points.
        pace: factor on the median time; below 1 for a fast reader.
    """

    name: str
    qualities: Qualities
    taste: Mapping[str, float]
    pace: float

    def quality(self, category: str, model: str) -> float:
        """Quality of a model in a category for this rater, in Elo points.

        Raises:
            BadInput: `qualities` has no such model or category.
        """
        truth = self.qualities
        if model not in truth.strengths or category not in truth.category_offsets[model]:
            raise BadInput(
                f"expected a model and a category of the example data, got {model!r} and {category!r}; "
                "simulate votes on the example data only"
            )
        return truth.strengths[model] + truth.category_offsets[model][category] + self.taste[model]

    def outcome_probabilities(self, category: str, *, left: str, right: str) -> OutcomeProbabilities:
        """Probability of each outcome of a vote (formulas at the top of the file).

        Raises:
            BadInput: `qualities` has no such model or category.
        """
        truth = self.qualities
        quality_left, quality_right = self.quality(category, left), self.quality(category, right)
        root_odds = 10 ** ((quality_left - quality_right + truth.left_bias) / 800)
        total = root_odds + 1 / root_odds + truth.tie_propensity
        any_tie = truth.tie_propensity / total
        margin = max(quality_left, quality_right) - truth.poor_below
        both_bad = any_tie / (1 + 10 ** (margin / truth.poor_scale))
        return OutcomeProbabilities(root_odds / total, 1 / root_odds / total, any_tie - both_bad, both_bad)

    def decide(self, category: str, *, left: str, right: str, language: Language, rng: np.random.Generator) -> Decision:
        """Answer one ballot; all randomness comes from `rng`.

        Args:
            category: ability category of the question.
            left: model on the left, which real raters never see.
            right: model on the right.
            language: language of the question, for comments.
            rng: source of randomness, advanced by the same number of draws on every call.

        Raises:
            BadInput: `qualities` has no such model or category.
        """
        truth = self.qualities
        probabilities = self.outcome_probabilities(category, left=left, right=right)
        skips, vote, flags, comments, which = rng.random(5)
        pace = truth.median_seconds[category] * self.pace * np.exp(rng.normal(0.0, truth.seconds_log_sd))
        seconds = round(float(np.clip(pace, SHORTEST_SECONDS, LONGEST_SECONDS)), 1)
        if skips < truth.skip_share:
            reason = SkipReason.too_long if category == "long_text" else SkipReason.cannot_judge
            return Decision(None, reason, seconds, None, None)
        choice = _pick(tuple(Winner), float(np.searchsorted(np.cumsum(probabilities), vote)))
        flag = _pick(_FLAGS, which * len(_FLAGS)) if flags < truth.flag_share else None
        remarks = _COMMENTS[choice, language]
        comment = _pick(remarks, which * len(remarks)) if comments < truth.comment_share else None
        return Decision(choice, None, seconds, flag, comment)


def make_raters(qualities: Qualities, n_raters: int, *, rng: np.random.Generator) -> tuple[SimulatedRater, ...]:
    """Draw example raters "Example rater 1" … "Example rater N", each with personal offsets and a pace.

    Args:
        qualities: known qualities; models keep their order, so equal seeds make equal raters.
        n_raters: number of raters, 1 or more; earlier raters do not depend on this number.
        rng: source of randomness.

    Raises:
        BadInput: fewer than one rater.
    """
    if n_raters < 1:
        raise BadInput(f"expected at least 1 example rater, got {n_raters!r}; ask for more")
    return tuple(_rater(f"Example rater {number}", qualities, rng) for number in range(1, n_raters + 1))


def _rater(name: str, qualities: Qualities, rng: np.random.Generator) -> SimulatedRater:
    taste = {model: float(rng.normal(0.0, qualities.taste_sd)) for model in qualities.strengths}
    return SimulatedRater(name, qualities, taste, pace=float(np.exp(rng.normal(0.0, qualities.pace_log_sd))))


def _pick(choices: Sequence[Choice], place: float) -> Choice:
    # A cumulative sum may end slightly below 1 by rounding, which would point past the end.
    return choices[min(int(place), len(choices) - 1)]
