"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.long_context import longbench, needle, open_book

FAMILIES: tuple[Family, ...] = (
    needle.FAMILY,
    longbench.FAMILY,
    open_book.FAMILY,
)
"""One line for each file of a family in this folder and its subfolders."""
