"""The options of `evenhand rank`, in the groups in which they are thought about."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from arena.rating.method import RatingSettings, Weighting
    from storage.ledger.battle_reading import Selection

WEIGHTS: tuple[Literal["sampling", "pairs", "raters"], ...] = ("sampling", "pairs", "raters")
"""What battles can be weighted by."""
SLICES = ("category", "language", "rater_source")
"""Kinds of slices that a board can be cut into."""


@dataclass(frozen=True)
class FitOptions:
    """How battles become ratings.

    Attributes:
        method: name in the catalog of rating methods.
        both_bad: what a both-bad verdict counts as.
        anchor: what stands at 1000 Elo points: a model, `mean` or `weighted`.
        elo_k: online Elo: points moved by a fully unexpected result.
        elo_initial: online Elo: rating before the first battle.
    """

    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Rating method, see `evenhand list methods`; auto takes the best tie model",
        ),
    ] = "bradley-terry"
    both_bad: Annotated[
        Literal["tie", "drop"], typer.Option(help="Count a both-bad verdict as a tie, or leave it out.")
    ] = "tie"
    anchor: Annotated[
        str,
        typer.Option(
            metavar="MODEL|mean|weighted",
            help="What stands at 1000 Elo points: a model, the mean of all models, or their mean weighted by battles.",
        ),
    ] = "weighted"
    elo_k: Annotated[float, typer.Option(metavar="POINTS", help="Elo only: points moved by a full surprise.")] = 4.0
    elo_initial: Annotated[float, typer.Option(metavar="POINTS", help="Elo only: rating before the first battle.")] = (
        1000.0
    )


@dataclass(frozen=True)
class IntervalOptions:
    """How sure ratings are said to be.

    Attributes:
        interval: what is taken as repeated between battles.
        level: confidence.
        simultaneous: whether rank ranges hold for all models at once.
        resamples: of the bootstrap, and draws for rank ranges.
        seed: of both.
    """

    interval: Annotated[
        Literal["clustered", "rater", "question", "sandwich", "bootstrap"],
        typer.Option(help="Verdicts of one rater and on one question are alike; or only one of these; or none is."),
    ] = "clustered"
    level: Annotated[float, typer.Option(metavar="SHARE", help="Confidence of the intervals, 0 to 1.")] = 0.95
    simultaneous: Annotated[
        bool, typer.Option("--simultaneous", help="Rank ranges that hold for all models at once.")
    ] = False
    resamples: Annotated[int, typer.Option(metavar="N", help="Bootstrap resamples, and draws for rank ranges.")] = 1000
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of resamples, draws and held-out parts.")] = 0


@dataclass(frozen=True)
class AdjustOptions:
    """What counts more.

    Attributes:
        weights: what battles are weighted by.
        style: features whose effect is taken out.
        style_penalty: ridge on their coefficients.
    """

    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Weigh battles by 1 / probability of the pair (sampling), 1 / battles of the pair (pairs), or how "
            "reliable their raters prove (raters); may be repeated.",
            show_default="none",
        ),
    ] = None

    style: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE",
            help="Hold equal: length, headers, lists, bold, side, own (a judge's organisation); may be repeated.",
            show_default="none",
        ),
    ] = None
    style_penalty: Annotated[
        float, typer.Option(metavar="NUMBER", help="Ridge on style effects: number / 2 * effect², 0 for none.")
    ] = 0.0


@dataclass(frozen=True)
class WindowOptions:
    """Which verdicts count, beyond the usual filters.

    Attributes:
        since: only verdicts given at this time or later.
        until: only verdicts given before this time.
        rater_source: only raters of this source.
        campaign: only verdicts of this study.
        dimension: only scores of this dimension.
    """

    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", help="Only verdicts given on this day (UTC) or later.", show_default="all"),
    ] = None
    until: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", help="Only verdicts given before this day (UTC).", show_default="all"),
    ] = None
    rater_source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only raters that came from this source.", show_default="all")
    ] = None
    campaign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only verdicts given in this campaign.", show_default="all")
    ] = None
    dimension: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Satisfaction: only scores of this dimension.", show_default="all"),
    ] = None


@dataclass(frozen=True)
class ShowOptions:
    """What is shown besides the board.

    Attributes:
        against: a model to show distances from.
        slices: kinds of slices to rank by themselves.
        run: a stored run to make again.
        csv: file for the ratings.
    """

    against: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Also show each model's distance from this one.")
    ] = None
    slices: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help=f"Also rank each {', '.join(SLICES[:-1])} or {SLICES[-1]} by itself; repeat for combinations.",
            show_default="none",
        ),
    ] = None
    run: Annotated[int | None, typer.Option(metavar="N", help="Make the stored rating run N again, and compare.")] = (
        None
    )
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the ratings to this CSV file.", show_default="none")
    ] = None


def make_settings(fit: FitOptions, interval: IntervalOptions, adjust: AdjustOptions) -> "RatingSettings":
    """The settings that the options ask for.

    Raises:
        BadInput: a number out of its range.
        typer.BadParameter: weights that do not exist.
    """
    from arena.rating.method import RatingSettings

    for name in adjust.weights or ():
        if name not in WEIGHTS:
            raise typer.BadParameter(f"expected --weights among {', '.join(WEIGHTS)}, got {name!r}")
    weights: tuple[Weighting, ...] = tuple(known for known in WEIGHTS if known in (adjust.weights or ()))
    named = fit.anchor not in ("mean", "weighted")
    return RatingSettings(
        both_bad=fit.both_bad,
        mean="models" if fit.anchor == "mean" else "battles",
        anchor=fit.anchor if named else None,
        level=interval.level,
        interval=interval.interval,
        resamples=interval.resamples,
        seed=interval.seed,
        simultaneous=interval.simultaneous,
        weights=weights,
        style=tuple(dict.fromkeys(adjust.style or ())),
        style_penalty=adjust.style_penalty,
        elo_k=fit.elo_k,
        elo_initial=fit.elo_initial,
    )


def whose_verdicts(by: str) -> dict[str, Any]:
    """The fields of a selection for `--by`: its kind of rater, and the one judge if one is named.

    Raises:
        typer.BadParameter: it names no kind of rater.
    """
    from storage.values import RaterKind

    kind, _, judge = by.partition(":")
    if kind == "fused":
        raise typer.BadParameter(
            "expected human, judge or judge:NAME for --by; 'fused' boards of people and judges together are not "
            "available yet"
        )
    if kind not in set(RaterKind) or (":" in by and (kind != RaterKind.judge or not judge)):
        raise typer.BadParameter(f"expected human, judge or judge:NAME for --by, got {by!r}")
    return {"kind": RaterKind(kind), "rater": judge or None}


def in_window(selection: "Selection", window: WindowOptions) -> "Selection":
    """The selection within a time window and a group of raters; days are UTC."""
    from dataclasses import replace
    from datetime import UTC

    def utc(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.replace(tzinfo=UTC)

    return replace(
        selection,
        since=utc(window.since),
        until=utc(window.until),
        rater_source=window.rater_source,
        dimension=window.dimension,
    )
