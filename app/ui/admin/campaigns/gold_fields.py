"""The field with gold items in the forms of campaigns: rows of a table, pasted from a spreadsheet or as CSV or JSON."""

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffForm
from app.ui.admin.campaigns.campaign_texts import CampaignTexts
from app.ui.admin.parts import FormParts, Heading
from app.ui.markup import row_cut
from app.ui.visitor import RefusedForm, Visitor
from arena.campaigns.gold_files import OVERALL, GoldRow, read_gold_rows
from arena.quality.presets import PRESETS
from storage.campaigns.gold_answers import GoldLine
from storage.database.tables import Campaign
from storage.errors import BadRows, EvenhandError
from storage.values import CampaignKind, Winner

LONGEST_GOLD = 100_000
SHOWN_ROWS = 3
"""Largest number of wrong rows that a message names."""
READ_ROWS = 5
"""Rows that are shown at first of those that were read."""
READ = "stf-gold-read"
"""Id of the element with the rows that were read."""
GoldExample = tuple[str, list[str]]
"""A question of the store and two models that answered it."""
_FILE = "gold"
_COLUMNS = "question model model_a model_b winner dimension score_low score_high onboarding explanation source".split()


def gold_field(
    texts: CampaignTexts,
    form: FormParts,
    example: GoldExample | None,
    *,
    campaign: Campaign | None = None,
    is_open: bool = False,
) -> str:
    """Return the field, which opens on demand, with the element for the rows that were read.

    Args:
        texts: makes the texts.
        form: makes the field.
        example: what the example is made of; None for no example.
        campaign: the campaign whose items they are; None where the form itself asks what raters do.
        is_open: whether it is open at first.
    """
    visitor = texts.visitor
    say = visitor.say
    area = form.area("gold_rows", say("staff_gold_paste"), hint=texts.say("campaign_gold_hint"), rows=6)
    area = area.replace("<textarea ", '<textarea placeholder=" " ', 1)
    filled = "" if example is None else _example_button(visitor, *example, campaign)
    return parts.fold(say("staff_gold_rows"), f'{area}{filled}<div id="{READ}"></div>', key="gold", is_open=is_open)


def gold_preview(form: StaffForm) -> Mapping[str, str]:
    """Return the rows that were read, or what is wrong with them, as a part of the page."""
    visitor = form.visitor
    try:
        rows = read_gold(form)
    except RefusedForm as error:
        return {READ: parts.note(str(error), "is-alert")}
    missing = needed_gold(form, rows) if "gold_rows" in form.values else ""
    needed = parts.note(missing) if missing else ""
    if not rows:
        return {READ: needed}
    headings = ["staff_gold_question", "admin_models", "staff_gold_right", "staff_gold_practice"]
    cells = [
        (
            row.question,
            parts.name_of(" · ".join(name for name in (row.model_a, row.model_b) if name is not None)),
            parts.name_of(_answer(visitor, row)),
            visitor.say("staff_value_yes") if row.onboarding else "",
        )
        for row in rows
    ]
    first = sum(row.onboarding for row in rows)
    said = visitor.say("staff_gold_read", n=len(rows), first=first, rest=len(rows) - first)
    cut = row_cut(len(rows), visitor.language, first=READ_ROWS)
    columns = [Heading(visitor.say(heading)) for heading in headings]
    table = parts.table(visitor.say("staff_gold_rows"), columns, cells, cut=cut, is_cards=True)
    return {READ: f"{needed}{parts.lead(said)}{table}"}


def needed_gold(form: StaffForm, rows: Sequence[GoldRow]) -> str:
    """Return how many gold items the chosen preset still needs, "" if there are enough or it needs none."""
    rules = PRESETS.get(form.text("checks"))
    if rules is None or not rules.gold_share:
        return ""
    least = rules.pause_after or 1
    if len(rows) >= least and not all(row.onboarding for row in rows):
        return ""
    return form.visitor.say("staff_checks_need_gold", least=least, n=len(rows))


def gold_text(lines: Sequence[GoldLine]) -> str:
    """Return gold items of a campaign as the field takes them: a table with a tab between columns.

    Commas and quotes stand in their place where a cell has a tab or a line break in it.
    """
    rows = [_cells(line) for line in lines]
    columns = [name for name in _COLUMNS if any(row[name] for row in rows)]
    if not columns:
        return ""
    table = [columns, *([row[name] for name in columns] for row in rows)]
    if all(_is_plain(cell) for line in table for cell in line):
        return "\n".join("\t".join(line) for line in table)
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    return text.getvalue().rstrip("\n")


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
    try:
        return list(_parsed(text)) if text else []
    except EvenhandError as error:
        raise wrong_gold(form.visitor, error) from error


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[GoldRow, ...]:
    """The rows of a text, which a form sends again with each of its other fields."""
    suffix = ".jsonl" if text.startswith("{") else ".csv"
    if suffix == ".csv" and "\t" in text.partition("\n")[0]:
        text = _with_commas(text)
    with tempfile.TemporaryDirectory(prefix="evenhand-gold-") as folder:
        path = Path(folder) / f"{_FILE}{suffix}"
        path.write_text(text, encoding="utf-8")
        return tuple(read_gold_rows(path, onboarding=False))


def is_about_gold(error: EvenhandError) -> bool:
    """Whether an error names a row of the field."""
    return str(error).startswith((f"{_FILE}.jsonl:", f"{_FILE}.csv:"))


def wrong_gold(visitor: Visitor, error: EvenhandError) -> RefusedForm:
    """Return the message at the field: the first wrong rows with their lines."""
    detail = " ".join(error.rows[:SHOWN_ROWS]) if isinstance(error, BadRows) else str(error)
    return RefusedForm(visitor.say("staff_gold_wrong", detail=detail), field="gold_rows")


def _example_button(visitor: Visitor, question: str, models: Sequence[str], campaign: Campaign | None) -> str:
    """Return the button that fills the field with one row, by what raters do in the campaign."""
    one, other = models
    pair = ("question\tmodel_a\tmodel_b\twinner\tonboarding", f"{question}\t{one}\t{other}\t{one}\tyes")
    score = ("question\tmodel\tscore_low\tscore_high\tonboarding", f"{question}\t{one}\t1\t2\tyes")
    kinds = (pair, score)
    if campaign is not None and campaign.kind == CampaignKind.satisfaction:
        kinds = (_score_example(question, one, campaign),) * 2
    elif campaign is not None:
        kinds = (pair, pair)
    texts = [render_plain("\n".join(rows)) for rows in kinds]
    return (
        f'<div class="ui-row stf-example"><button type="button" class="ui-button" data-example="{texts[0]}" '
        f'data-scores="{texts[1]}">{render_plain(visitor.say("staff_gold_example"))}</button></div>'
    )


def _score_example(question: str, model: str, campaign: Campaign) -> tuple[str, str]:
    """Return a row for the two highest steps of the first dimension of a campaign."""
    low, high = campaign.scale_low or 0.0, campaign.scale_high or 0.0
    dimension = (campaign.dimensions or [OVERALL])[0]
    return (
        "question\tmodel\tdimension\tscore_low\tscore_high\tonboarding",
        f"{question}\t{model}\t{dimension}\t{max(low, high - 1.0):g}\t{high:g}\tyes",
    )


def _answer(visitor: Visitor, row: GoldRow) -> str:
    """Return the right answer in words: the better model, a tie, or the range of scores."""
    if row.winner is None:
        ends = [f"{end:g}" for end in (row.score_low, row.score_high) if end is not None]
        return "–".join(ends) + (f" ({row.dimension})" if row.dimension else "")
    named = {Winner.model_a: row.model_a, Winner.model_b: row.model_b}.get(row.winner)
    return named or visitor.say(f"quality_winner_{row.winner.value}")


def _cells(line: GoldLine) -> dict[str, str]:
    """Return the cells of an item by column, "" where it says nothing."""
    values: dict[str, object] = {name: getattr(line, name, None) for name in _COLUMNS}
    if line.model_b is None:
        values |= {"model": line.model_a, "model_a": None}
    values["onboarding"] = "yes" if line.onboarding else None
    return {name: "" if value is None else _written(value) for name, value in values.items()}


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_plain(cell: str) -> bool:
    return cell == cell.strip() and not any(mark in cell for mark in "\t\r\n")


def _with_commas(text: str) -> str:
    """Return a table with tabs as one with commas; empty cells that are missing at the end of a row are added."""
    rows = [line.split("\t") for line in text.replace("\r\n", "\n").split("\n")]
    width = len(rows[0])
    return "\n".join(
        ",".join(_quoted(cell) for cell in [*cells, *[""] * (width - len(cells))]) if any(cells) else ""
        for cells in rows
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
