"""`evenhand judge calibration`: what a judge says against what people say, and win rates corrected for its errors."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.agreement import StatisticsFilter
from app.commands.estimates import as_json, percent, signed
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import Row, print_json, print_table, visible

if TYPE_CHECKING:
    from arena.calibration.report import JudgeCalibration


@grouped
def calibration(
    *,
    subject: StatisticsFilter,
    table: TableOptions,
    store: StoreOptions,
    judge: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this judge, see `evenhand list judges`; repeat.", show_default="all"),
    ] = None,
) -> None:
    """Show how judges err against people, and win rates corrected for their errors."""
    from arena.calibration.report import calibrate
    from storage.upkeep.heads import head_of

    with store.opened() as database:
        report = calibrate(database, subject.selection, judges=tuple(judge or ()), level=subject.level)
        head = head_of(database, report.position)
    if table.json:
        print_json({"level": subject.level, **as_json(report), "ledger_head": head})
        return
    for one in report.judges:
        _print_judge(one)
    if report.uncompared:
        typer.echo(visible(f"Without a vote on a pair that they judged: {', '.join(report.uncompared)}."))
    typer.echo(f"{100 * subject.level:g} % confidence intervals are clustered by question; (?) with only one question.")


def _print_judge(one: "JudgeCalibration") -> None:
    from app.views.fused.calibration import calibration_tables

    for part in calibration_tables(one, "en", share=percent, signed=signed):
        lines: list[Row] = [{key: visible(text) for key, text in row.items()} for row in part.rows]
        print_table(lines, title=visible(part.title), right=part.numbers)
        if part.text:
            typer.echo(visible(part.text))
        typer.echo()
