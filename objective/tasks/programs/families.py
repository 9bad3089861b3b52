"""The families of this folder, in the order of the list."""

from objective.task import Family

FAMILIES: tuple[Family, ...] = ()
"""One line for each file of a family in this folder and its subfolders."""
