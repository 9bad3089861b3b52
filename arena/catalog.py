"""The names under which the interchangeable parts of the arena can be chosen.

A new part is its own file and one line here.
"""

from dataclasses import dataclass

from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.davidson import DAVIDSON, rate_davidson
from arena.rating.elo import ELO, rate_elo
from arena.rating.method import RatingMethod
from arena.rating.rao_kupper import RAO_KUPPER, rate_rao_kupper


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


RATING_METHODS: dict[str, RatingMethodEntry] = {
    BRADLEY_TERRY: RatingMethodEntry(rate_bradley_terry, "Bradley-Terry by maximum likelihood, a tie is half a win"),
    DAVIDSON: RatingMethodEntry(rate_davidson, "ties as Davidson has them: likelier between near equals"),
    RAO_KUPPER: RatingMethodEntry(rate_rao_kupper, "ties as Rao and Kupper have them: a lead below a threshold"),
    ELO: RatingMethodEntry(rate_elo, "online Elo in the order of the votes, without intervals"),
}
