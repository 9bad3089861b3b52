"""Options of `evenhand rank`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.options.filters import QuestionFilter, TimeFilter

if TYPE_CHECKING:
    from arena.fused.sources import FusionChoice
    from arena.rating.method import RatingSettings, Weighting
    from storage.ledger.battle_reading import Selection
    from storage.values import RaterKind

WEIGHTS: tuple[Literal["sampling", "pairs", "raters"], ...] = ("sampling", "pairs", "raters")
"""Rules for the weights of battles."""
FUSED = "fused"
"""Evidence of people and judges together, beside the kinds of raters."""
SLICES = ("category", "language", "rater_source")
"""Properties by which a leaderboard can be sliced."""


@dataclass(frozen=True)
class FitOptions:
    """How battles become ratings.

    Attributes:
        method: name in the catalogue of rating methods.
        both_bad: whether a both-bad vote counts as a tie or is left out.
        anchor: reference point at 1000 Elo points: a model, `mean` or `weighted`.
        elo_k: online Elo: points moved by a fully unexpected result.
        elo_initial: online Elo: rating before the first battle.
    """

    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Rating method, see `evenhand list methods`; auto selects the tie model that fits best.",
        ),
    ] = "bradley-terry"
    both_bad: Annotated[
        Literal["tie", "drop"], typer.Option(help="Count a both-bad vote as a tie, or leave it out.")
    ] = "tie"
    anchor: Annotated[
        str,
        typer.Option(
            metavar="MODEL|mean|weighted",
            help="Reference at 1000 Elo points: a model, the mean of all models, or the mean weighted by battles.",
        ),
    ] = "weighted"
    elo_k: Annotated[
        float, typer.Option(metavar="POINTS", help="Online Elo: points moved by a fully unexpected result.")
    ] = 4.0
    elo_initial: Annotated[
        float, typer.Option(metavar="POINTS", help="Online Elo: rating before the first battle.")
    ] = 1000.0


@dataclass(frozen=True)
class IntervalOptions:
    """Intervals of ratings and ranks.

    Attributes:
        interval: kind of the intervals.
        level: confidence level, 0 to 1.
        simultaneous: whether rank ranges hold for all models at once.
        resamples: number of bootstrap resamples, and of draws for rank ranges.
        seed: seed of resamples and draws.
        intervals_for: models with an interval where there are more than 10,000.
    """

    interval: Annotated[
        Literal["clustered", "rater", "question", "sandwich", "bootstrap"],
        typer.Option(help="Cluster intervals by rater and question, by one of them, or not at all; or bootstrap."),
    ] = "clustered"
    level: Annotated[float, typer.Option(metavar="SHARE", help="Confidence level of the intervals, 0 to 1.")] = 0.95
    simultaneous: Annotated[
        bool,
        typer.Option("--simultaneous", help="Rank ranges that hold for all models at once, not for each by itself."),
    ] = False
    resamples: Annotated[
        int, typer.Option(metavar="N", help="Number of bootstrap resamples, and of draws for rank ranges.")
    ] = 1000
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of resamples, draws and held-out splits.")] = 0
    intervals_for: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL",
            help="Model with an interval where more than 10,000 models are too many for all; repeat for several.",
            show_default="none",
        ),
    ] = None


@dataclass(frozen=True)
class AdjustOptions:
    """Weights of battles and control for style.

    Attributes:
        weights: rules for the weights of battles.
        style: features whose effect is controlled for.
        style_penalty: ridge penalty on their coefficients.
    """

    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Weight battles by 1 / probability of the pair (sampling), by 1 / battles of the pair (pairs), or by "
            "the reliability of their raters (raters); repeat for several.",
            show_default="none",
        ),
    ] = None

    style: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE",
            help="Control for this feature: length, headers, lists, bold, side, or own (the judge's organisation); "
            "repeat for several.",
            show_default="none",
        ),
    ] = None
    style_penalty: Annotated[
        float, typer.Option(metavar="NUMBER", help="Ridge penalty on style effects, NUMBER / 2 * effect²; 0 for none.")
    ] = 0.0


@dataclass(frozen=True)
class VoteFilter(QuestionFilter, TimeFilter):
    """Which votes, judgments or scores count.

    Attributes:
        rater: only those of this rater.
        rater_source: only those of raters from this source.
        campaign: only those given in this campaign.
        adjudicated: whether decisions of reviewers count in the place of the votes on their pairs.
        gold: whether votes on silent gold items count.
    """

    rater: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only votes, judgments and scores of this rater.", show_default="all"),
    ] = None
    rater_source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only raters from this source.", show_default="all")
    ] = None
    campaign: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only votes given in this campaign.", show_default="all"),
    ] = None
    adjudicated: Annotated[
        bool,
        typer.Option("--adjudicated", help="Count decisions of reviewers in the place of the votes on their pairs."),
    ] = False
    gold: Annotated[bool, typer.Option("--gold", help="Count votes on silent gold items too.")] = False

    def selection(self, by: str) -> "Selection":
        """The selection for the store, of all campaigns.

        Args:
            by: raters: `human`, `judge`, `judge:NAME`, `fused` or `fused:NAME`; votes of people if fused.

        Raises:
            typer.BadParameter: `by` names no kind of rater, or another rater than `--rater`.
        """
        from storage.ledger.battle_reading import Selection

        kind, judge = rater_kind("human" if by.partition(":")[0] == FUSED else by, more=", or fused")
        if judge and self.rater:
            raise typer.BadParameter(f"expected one rater, got --by {by!r} and --rater {self.rater!r}; leave one out")
        since, until = self.window
        return Selection(
            kind=kind,
            rater=judge or self.rater,
            category=self.category,
            language=self.language,
            source=self.source,
            since=since,
            until=until,
            rater_source=self.rater_source,
            dimension=self.dimension,
            adjudicated=self.adjudicated,
            gold=self.gold,
        )


@dataclass(frozen=True)
class ShowOptions:
    """Output beside the leaderboard.

    Attributes:
        against: model to show the differences from.
        slices: properties by which the leaderboard is sliced.
        robustness: whether to show what first place rests on.
        costs: whether to show tokens, latency and price of responses.
        run: number of a stored rating run to compute again.
        csv: file for the ratings.
    """

    against: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Also show each model's difference from this one.", show_default="none"),
    ] = None
    slices: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help=f"Also rank each {', '.join(SLICES[:-1])} or {SLICES[-1]} separately; repeat for combinations.",
            show_default="none",
        ),
    ] = None
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="Also show how few votes, and which rater or question, would have to go for another model to be "
            "first.",
        ),
    ] = False
    costs: Annotated[
        bool,
        typer.Option(
            "--costs",
            help="Also show the mean latency and tokens of each model's responses, and their price where the table of "
            "prices knows the model.",
        ),
    ] = False
    run: Annotated[
        int | None,
        typer.Option(metavar="N", help="Compute the stored rating run N again, and compare.", show_default="none"),
    ] = None
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the ratings to this CSV file.", show_default="none")
    ] = None


def make_settings(fit: FitOptions, interval: IntervalOptions, adjust: AdjustOptions) -> "RatingSettings":
    """The rating settings of the options.

    Raises:
        BadInput: a number is out of its range.
        typer.BadParameter: there is no such rule for weights.
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
        intervals_for=tuple(dict.fromkeys(interval.intervals_for or ())),
        simultaneous=interval.simultaneous,
        weights=weights,
        style=tuple(dict.fromkeys(adjust.style or ())),
        style_penalty=adjust.style_penalty,
        elo_k=fit.elo_k,
        elo_initial=fit.elo_initial,
    )


@dataclass(frozen=True)
class FusionOptions:
    """How judges are fused with people.

    Attributes:
        assume_random: whether votes of unknown probability are taken as a random part of what was judged.
        saw_votes: judges that were made from votes of people.
    """

    assume_random: Annotated[
        bool,
        typer.Option(
            "--assume-random",
            help="Fused: take votes of unknown probability as a random part of the judged pairs; said on every output.",
        ),
    ] = False
    saw_votes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JUDGE",
            help="Fused: leave out this judge, which was tuned on votes or has them in its prompt; repeat for several.",
            show_default="none",
        ),
    ] = None

    def choice(self, by: str, *, slices: list[str] | None) -> "FusionChoice | None":
        """How to fuse, or None where `by` names one kind of rater.

        Args:
            by: evidence: `human`, `judge`, `judge:NAME`, `fused` or `fused:NAME`.
            slices: requested slices, which a fused leaderboard does not have.

        Raises:
            typer.BadParameter: an option of a fused leaderboard without one, or slices of one.
        """
        from arena.fused.sources import FusionChoice

        kind, _, judge = by.partition(":")
        if kind != FUSED:
            if self.assume_random or self.saw_votes:
                raise typer.BadParameter("expected --by fused with --assume-random and --saw-votes; leave them out")
            return None
        if slices:
            raise typer.BadParameter("expected no --slices with --by fused; rank each --category by itself")
        if ":" in by and not judge:
            raise typer.BadParameter(f"expected the name of a judge after fused:, got {by!r}")
        saw = tuple(dict.fromkeys(self.saw_votes or ()))
        return FusionChoice(self.assume_random, (judge,) if judge else (), saw)


def rater_kind(by: str, *, more: str = "") -> "tuple[RaterKind, str | None]":
    """The kind of rater that `--by` names, and the name of the judge if it names one.

    Args:
        by: value of the option.
        more: further values that the command takes, for the message.

    Raises:
        typer.BadParameter: it names no kind of rater.
    """
    from storage.values import RaterKind

    kind, _, judge = by.partition(":")
    if kind not in set(RaterKind) or (":" in by and (kind != RaterKind.judge or not judge)):
        raise typer.BadParameter(f"expected human, judge or judge:NAME{more} for --by, got {by!r}")
    return RaterKind(kind), judge or None
