"""The page `docs/tasks.md`, made from the catalogue of tasks.

`python -m tests.docs.task_table` writes it again; a test holds its rows equal to the catalogue.
"""

from pathlib import Path

from objective.catalog import FAMILIES
from objective.task import Family

PAGE = Path(__file__).parents[2] / "docs" / "tasks.md"
COLUMNS = ("task", "tasks", "ability", "language", "modes", "metric", "split", "data read", "checked against")
_OWN = "own files of the documented layout only"
_HEAD = """# Tasks

Every family of tasks with fixed answers, made from the catalogue. `evenhand list tasks WORD` shows the tasks of a
family and the means over them.

*Data read* names real data that the family was read from; where none was at hand, it was read from own small files in
the layout that the authors document, which says nothing about the data itself. *Checked against* names the published
prompt or figure that it was compared with; empty is none.
"""


def row(family: Family) -> str:
    """The row of a family, as a line of Markdown."""
    cells = (
        f"[{family.name}]({family.source})" if family.source.startswith("http") else family.name,
        str(len(family.tasks)),
        ", ".join(family.abilities),
        ", ".join(family.languages),
        " ".join(family.modes),
        family.metric,
        family.splits,
        family.data_checked or _OWN,
        family.verified,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def page() -> str:
    """The whole page."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}", *map(row, FAMILIES)]
    checked = sum(bool(family.verified) for family in FAMILIES)
    known = sorted({ability for family in FAMILIES for ability in family.abilities})
    counted = (
        f"{len(FAMILIES)} families, {checked} of them with a prompt or figure checked against a published source,\n"
        f"on {len(known)} abilities: {', '.join(known)}."
    )
    return "\n".join([_HEAD, counted, "", *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
