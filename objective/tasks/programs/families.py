"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.programs import humaneval, mbpp

FAMILIES: tuple[Family, ...] = (
    humaneval.FAMILY,
    mbpp.FAMILY,
)
"""One line for each file of a family in this folder and its subfolders."""
