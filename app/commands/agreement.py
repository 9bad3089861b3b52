"""`evenhand agreement`: how far people and judges agree, and whether a judge still says what it said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.estimates import as_json, number, percent, share, signed
from app.commands.options import Category, Language, Source, StoreOptions, TableOptions, grouped
from app.commands.tables import Row, print_json, print_table, visible

if TYPE_CHECKING:
    from arena.agreement.report import AgreementReport, AgreementRow, DriftRow
    from storage.ledger.battle_reading import Selection


@dataclass(frozen=True)
class SubjectOptions:
    """Which verdicts and scores are looked at, of people and judges alike.

    Attributes:
        category: only questions of this category.
        language: only questions in this language.
        source: only questions of this source.
        since: only what was given at this time or later.
        until: only what was given before this time.
        dimension: only scores of this dimension.
        level: confidence of the intervals.
    """

    category: Category = None
    language: Language = None
    source: Source = None
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", help="Only what was given on this day (UTC) or later.", show_default="all"),
    ] = None
    until: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", help="Only what was given before this day (UTC).", show_default="all"),
    ] = None
    dimension: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only scores of this dimension.", show_default="all")
    ] = None
    level: Annotated[float, typer.Option(metavar="SHARE", help="Confidence of the intervals, 0 to 1.")] = 0.95

    @property
    def selection(self) -> "Selection":
        """As the pipelines ask for it.

        Raises:
            typer.BadParameter: a level outside 0 to 1.
        """
        from storage.ledger.battle_reading import Selection

        if not 0.0 < self.level < 1.0:
            raise typer.BadParameter(f"expected --level between 0 and 1, got {self.level!r}; 0.95 is usual")
        return Selection(
            category=self.category,
            language=self.language,
            source=self.source,
            since=None if self.since is None else self.since.replace(tzinfo=UTC),
            until=None if self.until is None else self.until.replace(tzinfo=UTC),
            dimension=self.dimension,
        )


@grouped
def agreement(
    *,
    subject: SubjectOptions,
    table: TableOptions,
    store: StoreOptions,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the judge that draws at random.")] = 0,
    versions: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="OLD NEW", help="Instead: what two judges said of the same, first to second.", show_default="none"
        ),
    ] = None,
    drift_at: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            help="Instead: what each judge said of the same before this day (UTC) and from then on.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Show how far raters agree: people with people, with judges, and judges among themselves."""
    from arena.agreement.report import measure, measure_times, measure_versions

    if versions and drift_at:
        raise typer.BadParameter("expected --versions or --drift-at, got both; leave one out")
    selection = subject.selection
    with store.opened() as database:
        if versions:
            drift = measure_versions(database, selection, before=versions[0], after=versions[1], level=subject.level)
        elif drift_at:
            drift = measure_times(database, selection, at=drift_at.replace(tzinfo=UTC), level=subject.level)
        else:
            report = measure(database, selection, level=subject.level, seed=seed)
            _show_report(report, subject.level, as_json_text=table.json)
            return
    if table.json:
        print_json({"level": subject.level, "drift": as_json(drift)})
    else:
        _print_drift(drift, subject.level)


def _show_report(report: "AgreementReport", level: float, *, as_json_text: bool) -> None:
    from app.views.board import left_out
    from arena.agreement.concordance import RANDOM_AGREEMENT, RANDOM_DECISIVE

    if as_json_text:
        by_chance = {"agreement": RANDOM_AGREEMENT, "decisive": RANDOM_DECISIVE}
        print_json({"level": level, "by_chance": by_chance, **as_json(report)})
        return
    _print_rows("Verdicts on the same pairs, percent that say the same", report.rows)
    _print_rows("By category", report.by_category)
    _print_rows("People and judges that read nothing", report.baselines)
    if report.rows:
        typer.echo(
            f"Agreement counts a tie, both bad and inconsistent as one; decisive looks only at pairs of verdicts that "
            f"both prefer a model. Drawing at random agrees {100 * RANDOM_AGREEMENT:.0f} % and "
            f"{100 * RANDOM_DECISIVE:.0f} %. Alpha is of all raters of both groups together."
        )
    if report.scores:
        lines: list[Row] = [
            {
                "raters": _between(row.one, row.other),
                "dimension": row.dimension,
                "items": row.found.items,
                "pairs": row.found.pairs,
                "Pearson": number(row.found.pearson),
                "Spearman": number(row.found.spearman),
                "alpha": number(row.found.alpha),
                "difference": signed(row.found.difference),
            }
            for row in report.scores
        ]
        print_table(lines, title="\nScores of the same responses, as shares of their scales")
        typer.echo("A difference above zero: the second group is the more generous.")
    typer.echo(
        f"Intervals at {100 * level:g} % take verdicts on one question as alike; (?) where there is only one question."
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
    print_table(lines, title="The same, judged twice")
    typer.echo(
        "Verdicts are the share of the response that was shown first before; scores are shares of their scales. "
        f"p is the chance of such a change if there were none, over questions. Intervals at {100 * level:g} %."
    )


def _chance(value: float) -> str:
    return "" if value != value else f"{value:.3f}"  # noqa: PLR0124  NaN is the one value unlike itself


def _between(one: str, other: str) -> str:
    return f"{one} – {other}" if one != other else f"{one} among themselves"
