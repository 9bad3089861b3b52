"""Input of rating methods: battles, scores of single responses, and style features."""

from dataclasses import dataclass

from arena.rating.style_features import BattleStyle
from storage.ledger.battles import Battles
from storage.ledger.scores import Scores


@dataclass(frozen=True, eq=False)
class Evidence:
    """The input rows of one leaderboard.

    Attributes:
        battles: votes or judgments on pairs.
        scores: scores of single responses, with the same list of models; None if not read.
        style: style features of each battle; None if not requested.
    """

    battles: Battles
    scores: Scores | None = None
    style: BattleStyle | None = None
