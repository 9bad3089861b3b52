"""`evenhand agreement`: agreement between people and judges, and drift between versions of a judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.estimates import as_json, number, percent, share, signed
from app.commands.objective_agreement import show_worlds
from app.commands.options.filters import QuestionFilter, TimeFilter, in_utc
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import Row, print_json, print_table, visible

if TYPE_CHECKING:
    from arena.agreement.report import AgreementReport, AgreementRow, DriftRow
    from storage.database.engine import Database
    from storage.ledger.battle_reading import Selection


@dataclass(frozen=True)
class StatisticsFilter(QuestionFilter, TimeFilter):
    """Which votes, judgments and scores statistics use, and the confidence level of their intervals.

    Attributes:
        level: confidence level, 0 to 1.
    """

    level: Annotated[float, typer.Option(metavar="SHARE", help="Confidence level of the intervals, 0 to 1.")] = 0.95

    @property
    def selection(self) -> "Selection":
        """The selection for the store, of all raters.

        Raises:
            typer.BadParameter: the level is not between 0 and 1.
        """
        from storage.ledger.battle_reading import Selection

        if not 0.0 < self.level < 1.0:
            raise typer.BadParameter(f"expected --level between 0 and 1, got {self.level!r}; 0.95 is usual")
        since, until = self.window
        return Selection(
            category=self.category,
            language=self.language,
            source=self.source,
            since=since,
            until=until,
            dimension=self.dimension,
        )


@grouped
def agreement(
    *,
    subject: StatisticsFilter,
    table: TableOptions,
    store: StoreOptions,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the baseline that judges at random.")] = 0,
    most: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Number of pairs of single raters, those with the most items in common."),
    ] = 20,
    versions: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="OLD NEW",
            help="Show the drift between two judges instead: their judgments of the same responses.",
            show_default="none",
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            metavar="human|judge|judge:NAME",
            help="Show instead whether ratings by these raters and scores on objective tasks put models in one order.",
            show_default="none",
        ),
    ] = None,
    drift_at: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            help="Show each judge's drift instead: its judgments before this day (UTC) and from then on.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Show the agreement of people with each other, of people with judges, and of judges with each other."""
    if sum(one is not None for one in (versions, drift_at, objective)) > 1:
        raise typer.BadParameter("expected one of --versions, --drift-at and --objective, got several; leave one in")
    selection = subject.selection
    with store.opened() as database:
        if objective is not None:
            show_worlds(database, selection, by=objective, level=subject.level, as_json_text=table.json)
        elif versions or drift_at:
            _show_drift(database, subject, versions, in_utc(drift_at), as_json_text=table.json)
        else:
            _show_agreement(database, subject, seed, most, as_json_text=table.json)


def _show_drift(
    database: "Database",
    subject: StatisticsFilter,
    versions: tuple[str, str] | None,
    moment: datetime | None,
    *,
    as_json_text: bool,
) -> None:
    from arena.agreement.report import measure_times, measure_versions

    if versions:
        before, after = versions
        drift = measure_versions(database, subject.selection, before=before, after=after, level=subject.level)
    elif moment:
        drift = measure_times(database, subject.selection, at=moment, level=subject.level)
    if as_json_text:
        print_json({"level": subject.level, "drift": as_json(drift)})
    else:
        _print_drift(drift, subject.level)


def _show_agreement(
    database: "Database", subject: StatisticsFilter, seed: int, most: int, *, as_json_text: bool
) -> None:
    from arena.agreement.report import measure
    from storage.upkeep.heads import head_of

    report = measure(database, subject.selection, level=subject.level, seed=seed, most=most)
    _show_report(report, subject.level, head_of(database, report.position), as_json_text=as_json_text)


def _show_report(report: "AgreementReport", level: float, head: str | None, *, as_json_text: bool) -> None:
    from app.views.board import left_out
    from arena.agreement.concordance import RANDOM_AGREEMENT, RANDOM_DECISIVE

    if as_json_text:
        by_chance = {"agreement": RANDOM_AGREEMENT, "decisive": RANDOM_DECISIVE}
        print_json({"level": level, "by_chance": by_chance, **as_json(report), "ledger_head": head})
        return
    _print_rows("Agreement on the same pairs, in percent", report.rows)
    _print_rows("By category", report.by_category)
    _print_rows("People and baselines that do not read", report.baselines)
    if len(report.rater_pairs) > 1:
        _print_rows("Each two raters, most items in common first", report.rater_pairs)
    _print_rows("Each rater and the majority of the others", report.majority)
    if report.rows:
        typer.echo(
            "Agreement: a tie equals both bad; an inconsistent judgment equals another inconsistent one only, never a "
            "tie; pairs with a failed judgment are not compared. Decisive uses only pairs on which both prefer a model."
            f" By chance, agreement is {100 * RANDOM_AGREEMENT:.0f} % and decisive "
            f"{100 * RANDOM_DECISIVE:.0f} %. Alpha is Krippendorff's, over all raters of both groups."
        )
    if report.scores:
        lines: list[Row] = [
            {
                "raters": _between(row.one, row.other),
                "dimension": row.dimension,
                "items": row.found.items,
                "pairs": row.found.pairs,
                "equal %": percent(row.found.exact),
                "kappa": number(row.found.kappa),
                "weighted kappa": number(row.found.weighted_kappa),
                "Pearson": number(row.found.pearson),
                "Spearman": number(row.found.spearman),
                "alpha": number(row.found.alpha),
                "difference": signed(row.found.difference),
            }
            for row in report.scores
        ]
        print_table(lines, title="\nScores of the same responses, as fractions of their scales")
        typer.echo(
            "Equal: the same score. Kappa: Cohen's, of equal scores, and with quadratic weights. Difference: mean "
            "score of the second group minus the first."
        )
    typer.echo(
        f"{100 * level:g} % confidence intervals are clustered by question; (?) where there is only one question."
    )
    if report.left_out:
        counted = "; ".join(left_out(report.left_out, "en"))
        typer.echo(visible(f"Not counted: {counted}."))


def _print_rows(title: str, rows: Sequence["AgreementRow"]) -> None:
    if not rows:
        return
    lines: list[Row] = []
    for row in rows:
        line: dict[str, str | int] = {} if row.category is None else {"category": row.category}
        found = row.found
        line |= {
            "raters": _between(row.one, row.other),
            "items": found.items,
            "questions": found.questions,
            "pairs": found.pairs,
            "inconsistent": found.inconsistent,
            "failed": found.failed,
            "agreement %": percent(found.agreement),
            "decisive pairs": found.decisive_pairs,
            "decisive %": percent(found.decisive),
            "kappa": number(found.kappa),
            "alpha": number(found.alpha),
        }
        lines.append(line)
    print_table(lines, title=title)
    typer.echo()


def _print_drift(rows: Sequence["DriftRow"], level: float) -> None:
    lines: list[Row] = [
        {
            "judge": row.before if row.before == row.after else f"{row.before} → {row.after}",
            "of": row.what,
            "items": row.found.items,
            "questions": row.found.questions,
            "before %": share(row.found.before),
            "after %": share(row.found.after),
            "change": signed(row.found.change),
            "p": _chance(row.found.chance),
            "p of signs": _chance(row.found.sign_chance),
            "changed %": percent(row.found.changed),
            "flipped %": percent(row.found.flips),
        }
        for row in rows
    ]
    print_table(lines, title="Drift: the same responses, judged twice")
    typer.echo(
        "Before and after: for pairs, how often the response shown first in the earlier judgment wins; for scores, the "
        "mean as a percentage of the scale. p: probability of such a change if there were none, with questions as "
        f"units. {100 * level:g} % confidence intervals."
    )


def _chance(value: float) -> str:
    return "" if value != value else f"{value:.3f}"  # noqa: PLR0124  only NaN is unequal to itself


def _between(one: str, other: str) -> str:
    return f"{one} – {other}" if one != other else f"{one} among themselves"
