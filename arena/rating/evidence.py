"""What a rating method may read: verdicts on pairs, scores of single responses, the style of the responses."""

from dataclasses import dataclass

from arena.rating.style_features import BattleStyle
from storage.ledger.battles import Battles
from storage.ledger.scores import Scores


@dataclass(frozen=True, eq=False)
class Evidence:
    """The rows of one board.

    Attributes:
        battles: verdicts on pairs.
        scores: scores of single responses, over the same vocabulary of models; None when none were read.
        style: style of the two responses of each battle; None when it was not asked for.
    """

    battles: Battles
    scores: Scores | None = None
    style: BattleStyle | None = None
