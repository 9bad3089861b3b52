"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.instructions import bfcl, ifeval, xstest

FAMILIES: tuple[Family, ...] = (
    ifeval.FAMILY,
    bfcl.FAMILY,
    xstest.FAMILY,
)
"""One line for each file of a family in this folder and its subfolders."""
