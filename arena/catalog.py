"""The names under which the interchangeable parts of the arena can be chosen.

A new part is its own file and one line here.
"""

from dataclasses import dataclass

from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.elo import ELO, rate_elo
from arena.rating.method import RatingMethod


@dataclass(frozen=True)
class RatingMethodEntry:
    """A rating method that can be chosen.

    Attributes:
        rate: the function.
        description: one line for a list, without a full stop.
    """

    rate: RatingMethod
    description: str


RATING_METHODS: dict[str, RatingMethodEntry] = {
    BRADLEY_TERRY: RatingMethodEntry(
        rate_bradley_terry, "Bradley-Terry by maximum likelihood, a tie is half a win, sandwich intervals"
    ),
    ELO: RatingMethodEntry(rate_elo, "online Elo in the order of the votes, without intervals"),
}
