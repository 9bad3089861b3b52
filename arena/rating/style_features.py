"""How two responses differ in style: what raters may prefer whatever the answer is worth.

A feature of a battle is (a - b) / (a + b + 1) of a count in the two responses, between -1 and 1, zero for responses
alike; or +1/-1 for the side shown first and for a judge's own organisation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storage.battles import FloatArray

STYLE_FEATURES = ("length", "headers", "lists", "bold", "side", "own")
"""Length in words, Markdown headers, list items and bold passages outside code; side shown first; own organisation."""


@dataclass(frozen=True, eq=False)
class BattleStyle:
    """Features of battles.

    Attributes:
        names: of the columns, among `STYLE_FEATURES`.
        values: (n_battles, n_features); rows where `known` is false hold zeros.
        known: whether every feature of the battle could be computed; (n_battles,).
    """

    names: tuple[str, ...]
    values: FloatArray
    known: npt.NDArray[np.bool_]
