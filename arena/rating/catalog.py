"""The catalogue of rating methods, by name.

A new method is a file of its own and one entry here.
"""

from dataclasses import dataclass

from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.choice import AUTO, rate_auto
from arena.rating.davidson import DAVIDSON, rate_davidson
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL, rate_davidson_per_model
from arena.rating.elo import ELO, rate_elo
from arena.rating.grounded import GROUNDED, rate_grounded
from arena.rating.method import RatingMethod
from arena.rating.rao_kupper import RAO_KUPPER, rate_rao_kupper
from arena.rating.satisfaction import SATISFACTION, rate_satisfaction
from arena.rating.win_rate import WIN_RATE, rate_win_rate


@dataclass(frozen=True)
class RatingMethodEntry:
    """A rating method in the catalogue.

    Attributes:
        rate: function that rates models.
        description: one line for lists, without a full stop.
        reads: input of the method: `battles`, `scores` or both.
    """

    rate: RatingMethod
    description: str
    reads: frozenset[str] = frozenset({"battles"})


_BOTH = frozenset({"battles", "scores"})

RATING_METHODS: dict[str, RatingMethodEntry] = {
    BRADLEY_TERRY: RatingMethodEntry(rate_bradley_terry, "Bradley-Terry by maximum likelihood, a tie is half a win"),
    DAVIDSON: RatingMethodEntry(rate_davidson, "Davidson's model of ties: likelier between similar models"),
    DAVIDSON_PER_MODEL: RatingMethodEntry(
        rate_davidson_per_model, "Davidson's model where some models tie more than others"
    ),
    RAO_KUPPER: RatingMethodEntry(rate_rao_kupper, "Rao and Kupper's model of ties: a lead below a threshold"),
    AUTO: RatingMethodEntry(rate_auto, "the model of ties, of these four, that predicts held-out battles best"),
    GROUNDED: RatingMethodEntry(rate_grounded, "Rao-Kupper above an absolute zero, from both-bads and scores", _BOTH),
    ELO: RatingMethodEntry(rate_elo, "online Elo in the order of the votes, without intervals"),
    WIN_RATE: RatingMethodEntry(rate_win_rate, "plain share of points, which depends on the opponents"),
    SATISFACTION: RatingMethodEntry(
        rate_satisfaction, "mean score of single responses, in percent of the scale", frozenset({"scores"})
    ),
}
