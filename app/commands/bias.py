"""`evenhand bias`: biases of people and judges, and the reliability of judges."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.agreement import StatisticsFilter
from app.commands.estimates import as_json, percent, share
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.rank.options import rater_kind
from app.commands.tables import Row, print_json, print_table, visible
from app.views.number_text import signed_text

if TYPE_CHECKING:
    from arena.bias.effects import Effect
    from arena.bias.report import BiasReport, RaterBias

EVERYBODY = "all"


@grouped
def bias(
    *,
    subject: StatisticsFilter,
    table: TableOptions,
    store: StoreOptions,
    by: Annotated[
        str,
        typer.Option(
            metavar="all|human|judge|judge:NAME",
            help="Use the votes of people, the judgments of all judges or of one judge, or all of them.",
        ),
    ] = EVERYBODY,
    feature: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE",
            help="Estimate only this feature: length, headers, lists, bold, side, or own; repeat to estimate several "
            "together.",
            show_default="all",
        ),
    ] = None,
) -> None:
    """Show how side, length, formatting and the judge's own family bias results, and how consistent judges are."""
    from arena.bias.report import measure_bias
    from arena.rating.style_features import STYLE_FEATURES
    from storage.upkeep.heads import head_of
    from storage.values import RaterKind

    features = tuple(dict.fromkeys(feature or STYLE_FEATURES))
    for name in features:
        if name not in STYLE_FEATURES:
            raise typer.BadParameter(f"expected --feature among {', '.join(STYLE_FEATURES)}, got {name!r}")
    selection, kinds = subject.selection, tuple(RaterKind)
    if by != EVERYBODY:
        kind, judge = rater_kind(by)
        selection, kinds = replace(selection, rater=judge), (kind,)
    with store.opened() as database:
        report = measure_bias(database, selection, kinds=kinds, features=features, level=subject.level)
        head = head_of(database, report.position)
    if table.json:
        print_json({"level": subject.level, "by": by, **_report_as_json(report), "ledger_head": head})
    else:
        _print_report(report, subject.level)


def _report_as_json(report: "BiasReport") -> dict[str, Any]:
    """The report for programs; `untold` gives the reason in words for each feature without an effect."""
    from app.views.missing_effects import reason_text

    found: dict[str, Any] = as_json(report)
    for row, line in zip(report.rows, found["rows"], strict=True):
        del line["effects"]["missing"]
        line["effects"]["untold"] = {name: reason_text(why, "en") for name, why in row.effects.missing.items()}
    return found


def _print_report(report: "BiasReport", level: float) -> None:
    from app.views.board import left_out

    _print_effects(report.rows)
    _print_habits(report.rows)
    _print_coverage(report.rows)
    typer.echo(f"{100 * level:g} % confidence intervals are clustered by rater and question.")
    for kind, counts in report.left_out.items():
        if counts:
            typer.echo(visible(f"Not counted ({kind}): {'; '.join(left_out(counts, 'en'))}."))


def _print_effects(rows: Sequence["RaterBias"]) -> None:
    from app.views.missing_effects import missing_effects

    lines: list[Row] = [
        {
            "rater": row.rater,
            "feature": _feature(effect),
            "Elo": f"{signed_text(effect.points, 0)} ({signed_text(effect.lower, 0)} – {signed_text(effect.upper, 0)})",
            "wins %": f"{share(effect.wins)} ({share(effect.wins_lower)} – {share(effect.wins_upper)})",
            "battles": row.effects.verdicts,
            "estimated": "together" if effect.joint else "by itself",
        }
        for row in rows
        for effect in row.effects.effects
    ]
    if lines:
        print_table(lines, title="Effect of a feature on the result, estimated together with the ratings")
        typer.echo("Wins: expected score against an equally good response without the feature; 50 % is no bias.")
    for row in rows:
        if sentence := missing_effects(row.effects.missing, "en"):
            typer.echo(visible(f"{row.rater}: {sentence}"))
    typer.echo()


def _print_habits(rows: Sequence["RaterBias"]) -> None:
    lines: list[Row] = []
    for row in rows:
        orders = row.orders
        lines.append(
            {
                "rater": row.rater,
                "results": row.verdicts,
                "first wins %": percent(row.first),
                "longer wins %": "" if row.longer is None else percent(row.longer.share),
                "both orders": "" if orders is None else str(orders.pairs),
                "consistent %": "" if orders is None else percent(orders.consistent),
                "flipped %": "" if orders is None else percent(orders.flips),
                "first, second twice": "" if orders is None else f"{orders.first_twice}, {orders.second_twice}",
            }
        )
    print_table(lines, title="Position, length and consistency", right=("both orders",))
    typer.echo(
        "First wins: share of decisive results for the response shown left or first; each call of a judge counts by "
        "itself. Longer wins: the same for the longer response, where lengths differ by more than 30 characters.\n"
    )


def _print_coverage(rows: Sequence["RaterBias"]) -> None:
    lines = [line for row in rows for line in _coverage_lines(row)]
    if not lines:
        return
    print_table(lines, title="Coverage: judgments and scores with a result")
    unsure: list[Row] = [
        {
            "judge": row.rater,
            "model": one.name,
            "scored": one.scored,
            "missing": one.asked - one.scored,
            "win rate %": share(one.mean),
            "all missing lost %": share(one.lowest),
            "all missing won %": share(one.highest),
        }
        for row in rows
        if row.coverage is not None
        for one in row.coverage.win_rates
        if one.scored < one.asked
    ]
    if unsure:
        typer.echo()
        print_table(unsure, title="Bounds on win rates, given inconsistent and failed judgments")
    typer.echo()


def _coverage_lines(row: "RaterBias") -> Iterator[Row]:
    if (coverage := row.coverage) is not None:
        yield {
            "judge": row.rater,
            "of": "judgments",
            "asked": coverage.asked,
            "scored %": share(coverage.scored / coverage.asked),
            "inconsistent %": share(coverage.inconsistent / coverage.asked),
            "failed %": share(sum(coverage.causes.values()) / coverage.asked),
            "mean %": "",
            "worst cases %": "",
            "causes": _causes(coverage.causes),
        }
    for one in row.scores:
        yield {
            "judge": row.rater,
            "of": one.dimension,
            "asked": one.bounds.asked,
            "scored %": share(one.bounds.scored / one.bounds.asked),
            "inconsistent %": "",
            "failed %": share(1.0 - one.bounds.scored / one.bounds.asked),
            "mean %": share(one.bounds.mean),
            "worst cases %": f"{share(one.bounds.lowest)} – {share(one.bounds.highest)}",
            "causes": _causes(one.causes),
        }


def _causes(causes: dict[str, int]) -> str:
    return ", ".join(f"{cause} {times}" for cause, times in causes.items())


def _feature(effect: "Effect") -> str:
    if effect.feature == "side":
        return "shown left or first"
    if effect.feature == "own":
        return f"of the judge's own organisation, compared with {effect.against}"
    return f"{effect.feature}, typical difference {effect.unit:.2f}"
