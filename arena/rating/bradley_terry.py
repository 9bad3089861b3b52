"""Bradley-Terry ratings; a tie, and by default a both-bad, is half a win for each side.

R. A. Bradley and M. E. Terry, 1952, "Rank analysis of incomplete block designs", in the Elo units of the arenas. Half
ties shrink strengths by a factor that depends on the share of ties, and hardly change their order.
"""

from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.method import Ratings, RatingSettings
from arena.rating.pair_rating import rate_pairs
from arena.rating.reliability import rate_by_reliability
from arena.rating.style_rating import rate_styled

BRADLEY_TERRY = HalfTies.name


def rate_bradley_terry(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models by maximum likelihood; see `rate_pairs` for intervals, islands and errors.

    With style features in the settings see `rate_styled`; with weights by rater see `rate_by_reliability`.
    """
    if "raters" in settings.weights:
        return rate_by_reliability(evidence, settings=settings)
    if settings.style:
        return rate_styled(evidence, settings=settings)
    return rate_pairs(evidence, settings, HalfTies())
