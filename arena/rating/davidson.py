"""Davidson's model of ties: the probability of a tie is proportional to the geometric mean of the strengths.

R. R. Davidson, 1970, "On extending the Bradley-Terry model to accommodate ties in paired comparison experiments".
With d the gap and nu > 0: win e^(d/2) / Z, loss e^(-d/2) / Z, tie nu / Z, Z their sum. The tie parameter is log nu.
"""

import numpy as np
from scipy.special import expit

from arena.rating.counts import OutcomeValues, PairCounts
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from arena.rating.pair_rating import rate_pairs
from storage.ledger.battles import FloatArray

DAVIDSON = "davidson"


class Davidson:
    """Davidson's likelihood; `tie` is log nu."""

    name = DAVIDSON
    has_tie = True
    tie_name = "nu"

    def tie_value(self, tie: float) -> float:
        """nu: twice the odds of a tie between equal models."""
        return float(np.exp(tie))

    def tie_of(self, value: float) -> float:
        """The tie parameter of a nu; minus infinity for 0."""
        return float(np.log(value)) if value > 0.0 else -np.inf

    def start(self, tie_share: float) -> float:
        """At equal strengths a tie has probability nu / (2 + nu)."""
        return float(np.log(2.0 * tie_share / (1.0 - tie_share)))

    def slope(self, counts: PairCounts, gap: FloatArray, tie: float | FloatArray) -> tuple[FloatArray, FloatArray]:
        """Half the surplus of wins over losses; ties minus expected ties."""
        win, loss, draw = _probabilities(gap, tie)
        by_gap = 0.5 * (counts.won - counts.lost - counts.battles * (win - loss))
        return by_gap, counts.draws - counts.battles * draw

    def curvature(self, counts: PairCounts, gap: FloatArray, tie: float) -> tuple[FloatArray, FloatArray, float]:
        """The covariance of the sufficient statistics, as in every exponential family."""
        win, loss, draw = _probabilities(gap, tie)
        lean, battles = win - loss, counts.battles
        twice = 0.25 * battles * (win + loss - lean**2)
        return twice, -0.5 * battles * lean * draw, float(np.sum(battles * draw * (1.0 - draw)))

    def pulls(self, gap: FloatArray, tie: float | FloatArray) -> tuple[OutcomeValues, OutcomeValues]:
        """Half the result minus its expectation; a tie minus its probability."""
        win, loss, draw = _probabilities(gap, tie)
        lean = win - loss
        return (0.5 * (1.0 - lean), -0.5 * (1.0 + lean), -0.5 * lean), (-draw, -draw, 1.0 - draw)

    def log_probabilities(self, gap: FloatArray, tie: float | FloatArray) -> OutcomeValues:
        """Log-probabilities of a win, a loss and a tie."""
        total = np.logaddexp(np.logaddexp(0.5 * gap, -0.5 * gap), tie)
        return 0.5 * gap - total, -0.5 * gap - total, tie - total

    def win_curve(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Log-probability of a win, log(e^(d/2) / Z), and its derivatives."""
        win, loss, _ = _probabilities(gap, tie)
        lean = win - loss
        return self.log_probabilities(gap, tie)[0], 0.5 * (1.0 - lean), 0.25 * (win + loss - lean**2)


def rate_davidson(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models by Davidson's likelihood; see `rate_pairs` for intervals, islands and errors.

    Scales differ from Bradley-Terry's with half ties: a tie has less weight, so strengths lie further apart. nu is one
    of the coefficients.
    """
    return rate_pairs(evidence, settings, Davidson())


def _probabilities(gap: FloatArray, tie: float | FloatArray) -> OutcomeValues:
    decided = 0.5 * np.abs(gap) + np.log1p(np.exp(-np.abs(gap)))
    draw = expit(tie - decided)
    win = (1.0 - draw) * expit(gap)
    return win, (1.0 - draw) * expit(-gap), draw
