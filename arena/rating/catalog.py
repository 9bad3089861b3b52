"""The names under which the interchangeable parts of the arena can be chosen.

A new part is its own file and one line here.
"""

from dataclasses import dataclass

from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.choice import AUTO, rate_auto
from arena.rating.davidson import DAVIDSON, rate_davidson
from arena.rating.elo import ELO, rate_elo
from arena.rating.grounded import GROUNDED, rate_grounded
from arena.rating.method import RatingMethod
from arena.rating.rao_kupper import RAO_KUPPER, rate_rao_kupper
from arena.rating.satisfaction import SATISFACTION, rate_satisfaction
from arena.rating.win_rate import WIN_RATE, rate_win_rate


@dataclass(frozen=True)
class RatingMethodEntry:
    """A rating method that can be chosen.

    Attributes:
        rate: the function.
        description: one line for a list, without a full stop.
        reads: `battles`, `scores` or both.
    """

    rate: RatingMethod
    description: str
    reads: frozenset[str] = frozenset({"battles"})


_BOTH = frozenset({"battles", "scores"})

RATING_METHODS: dict[str, RatingMethodEntry] = {
    BRADLEY_TERRY: RatingMethodEntry(rate_bradley_terry, "Bradley-Terry by maximum likelihood, a tie is half a win"),
    DAVIDSON: RatingMethodEntry(rate_davidson, "ties as Davidson has them: likelier between near equals"),
    RAO_KUPPER: RatingMethodEntry(rate_rao_kupper, "ties as Rao and Kupper have them: a lead below a threshold"),
    AUTO: RatingMethodEntry(rate_auto, "the one of these three that predicts held-out battles best"),
    GROUNDED: RatingMethodEntry(rate_grounded, "Rao-Kupper above an absolute zero, from both-bads and scores", _BOTH),
    ELO: RatingMethodEntry(rate_elo, "online Elo in the order of the votes, without intervals"),
    WIN_RATE: RatingMethodEntry(rate_win_rate, "plain share of the points, which depends on the opponents"),
    SATISFACTION: RatingMethodEntry(
        rate_satisfaction, "mean score of single responses, in percent of the scale", frozenset({"scores"})
    ),
}
