"""The field with gold items in the forms of campaigns: rows of a file, pasted as JSON lines or as a table."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.ui.admin.calls import StaffForm
from app.ui.admin.parts import FormParts
from app.ui.visitor import RefusedForm, Visitor
from arena.campaigns.gold_files import GoldRow, read_gold_rows
from storage.campaigns.gold_answers import GoldLine
from storage.errors import BadRows, EvenhandError
from storage.values import Winner, canonical_json

LONGEST_GOLD = 100_000
SHOWN_ROWS = 3
"""Largest number of wrong rows that a message names."""
_FILE = "gold"
_NAMES = "source question winner dimension score_low score_high explanation onboarding".split()


def gold_field(visitor: Visitor, form: FormParts) -> str:
    """Return the field."""
    return form.area("gold_rows", visitor.say("staff_gold_rows"), hint=visitor.say("staff_gold_rows_hint"), rows=6)


def gold_text(lines: Sequence[GoldLine]) -> str:
    """Return gold items of a campaign as the field takes them, one JSON object a line."""
    rows = []
    for line in lines:
        models = {"model": line.model_a} if line.model_b is None else {"model_a": line.model_a, "model_b": line.model_b}
        rows.append(models | {name: value for name in _NAMES if (value := getattr(line, name)) is not None})
    return "\n".join(canonical_json(row) for row in rows)


def gold_lines(lines: Sequence[GoldLine]) -> dict[int, GoldRow]:
    """Return gold items of a campaign by number, as `read_gold` would read them."""
    return {
        line.id: GoldRow(
            "",
            line.source,
            line.question,
            line.model_a,
            line.model_b,
            None if line.winner is None else Winner(line.winner),
            line.dimension,
            line.score_low,
            line.score_high,
            line.explanation,
            line.onboarding,
        )
        for line in lines
    }


def read_gold(form: StaffForm) -> list[GoldRow]:
    """Return the gold items that were entered; none for an empty field.

    Tables may have commas or, as a spreadsheet gives them, tabs between the columns.

    Raises:
        RefusedForm: a row is no gold item; the message names its line.
    """
    text = form.text("gold_rows", longest=LONGEST_GOLD)
    if not text:
        return []
    suffix = ".jsonl" if text.startswith("{") else ".csv"
    if suffix == ".csv" and "\t" in text.partition("\n")[0]:
        text = "\n".join(",".join(_cell(cell) for cell in line.split("\t")) for line in text.splitlines())
    with tempfile.TemporaryDirectory(prefix="evenhand-gold-") as folder:
        path = Path(folder) / f"{_FILE}{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            return read_gold_rows(path, onboarding=False)
        except EvenhandError as error:
            raise wrong_gold(form.visitor, error) from error


def is_about_gold(error: EvenhandError) -> bool:
    """Whether an error names a row of the field."""
    return str(error).startswith((f"{_FILE}.jsonl:", f"{_FILE}.csv:"))


def wrong_gold(visitor: Visitor, error: EvenhandError) -> RefusedForm:
    """Return the message at the field: the first wrong rows with their lines."""
    detail = " ".join(error.rows[:SHOWN_ROWS]) if isinstance(error, BadRows) else str(error)
    return RefusedForm(visitor.say("staff_gold_wrong", detail=detail), field="gold_rows")


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
