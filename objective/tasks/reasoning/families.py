"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.reasoning import aime, asdiv, bbh, competition_math, mgsm, mixeval_hard, svamp

FAMILIES: tuple[Family, ...] = (
    bbh.FAMILY,
    competition_math.FAMILY,
    asdiv.FAMILY,
    svamp.FAMILY,
    mgsm.FAMILY,
    aime.FAMILY,
    mixeval_hard.FAMILY,
)
"""One line for each file of a family in this folder and its subfolders."""
