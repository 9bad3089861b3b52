"""Example raters who answer blind ballots the way people might, from a known truth.

The demo's votes come from here, and a simulation with a known truth is also how a rating can be checked. A rater
is a policy, not a table of votes: it answers any ballot, so example votes travel the same road as real ones.

Each side has a quality in Elo points: strength of the model + its offset in the question's category + this rater's
taste for it. With d = quality left - quality right + left bias, x = 10^(d / 800) and nu the propensity to tie,

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
"""Times are clipped to this range: nobody reads a pair faster, and a longer one is a coffee break."""

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
    """Probabilities of the four verdicts, in the order of `Winner`; they sum to 1."""

    model_a: float
    model_b: float
    tie: float
    both_bad: float


@dataclass(frozen=True)
class Decision:
    """What a rater does with one ballot: a vote, or a skip.

    Attributes:
        choice: the verdict, `model_a` being the left side; none when the ballot is skipped.
        skip_reason: why it is skipped; none when it is voted on.
        seconds: time from seeing the pair to deciding.
        flag: what a voter reports as broken, mostly none.
        comment: a remark in the question's language, mostly none.
    """

    choice: Winner | None
    skip_reason: SkipReason | None
    seconds: float
    flag: FlagReason | None
    comment: str | None


@dataclass(frozen=True)
class SimulatedRater:
    """An example person who can answer any ballot about the models of `qualities`.

    Attributes:
        name: a pseudonym such as "Example rater 1".
        qualities: the truth all raters share.
        taste: model to this rater's own liking, in Elo points.
        pace: factor on the median time; below 1 is a quick reader.
    """

    name: str
    qualities: Qualities
    taste: Mapping[str, float]
    pace: float

    def quality(self, category: str, model: str) -> float:
        """How good this rater finds a model in a category, in Elo points.

        Raises:
            BadInput: the model or the category is not in the truth.
        """
        truth = self.qualities
        if model not in truth.strengths or category not in truth.category_offsets[model]:
            raise BadInput(
                f"expected a model and a category of the example data, got {model!r} and {category!r}; "
                "simulate votes on the example data only"
            )
        return truth.strengths[model] + truth.category_offsets[model][category] + self.taste[model]

    def outcome_probabilities(self, category: str, *, left: str, right: str) -> OutcomeProbabilities:
        """How likely each verdict is if the ballot is voted on (formulas at the top of the file).

        Raises:
            BadInput: a model or the category is not in the truth.
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
            left: model on the left; people never see it, the simulation needs it to know the truth.
            right: model on the right.
            language: language of the question, for comments.
            rng: source of randomness, advanced by the same number of draws on every call.

        Raises:
            BadInput: a model or the category is not in the truth.
        """
        truth = self.qualities
        probabilities = self.outcome_probabilities(category, left=left, right=right)
        skips, verdict, flags, comments, which = rng.random(5)
        pace = truth.median_seconds[category] * self.pace * np.exp(rng.normal(0.0, truth.seconds_log_sd))
        seconds = round(float(np.clip(pace, SHORTEST_SECONDS, LONGEST_SECONDS)), 1)
        if skips < truth.skip_share:
            reason = SkipReason.too_long if category == "long_text" else SkipReason.cannot_judge
            return Decision(None, reason, seconds, None, None)
        choice = _pick(tuple(Winner), float(np.searchsorted(np.cumsum(probabilities), verdict)))
        flag = _pick(_FLAGS, which * len(_FLAGS)) if flags < truth.flag_share else None
        remarks = _COMMENTS[choice, language]
        comment = _pick(remarks, which * len(remarks)) if comments < truth.comment_share else None
        return Decision(choice, None, seconds, flag, comment)


def make_raters(qualities: Qualities, n_raters: int, *, rng: np.random.Generator) -> tuple[SimulatedRater, ...]:
    """Draw example raters "Example rater 1" … "Example rater N", each with a taste and a pace of their own.

    Args:
        qualities: the truth; models keep its order, so equal seeds make equal raters.
        n_raters: how many, 1 or more; the first raters do not depend on how many follow.
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
    # A cumulated sum may end a rounding error below 1, which would point past the end.
    return choices[min(int(place), len(choices) - 1)]
