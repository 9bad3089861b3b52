"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.vision import mmbench, mmmu

FAMILIES: tuple[Family, ...] = (mmbench.FAMILY, mmmu.FAMILY)
"""One line for each file of a family in this folder and its subfolders."""
