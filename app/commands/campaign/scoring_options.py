"""Options of a campaign in which raters score responses, or both responses of a pair after each vote."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from storage.values import CampaignKind

if TYPE_CHECKING:
    from arena.campaigns.scoring import ScoringPlan


@dataclass(frozen=True)
class ScoringOptions:
    """What raters do in a new campaign, and the scale of their scores.

    Attributes:
        kind: whether raters vote on pairs or score responses.
        dimension: names of the dimensions; None for overall alone.
        scale: lowest and highest step, as `1-5`.
        label: texts of steps, as `5=Excellent`.
        layout: whether a ballot shows one response or all responses to a question.
    """

    kind: Annotated[
        Literal["pairwise", "satisfaction"],
        typer.Option(help="Vote on pairs of responses, or score responses on a scale."),
    ] = "pairwise"
    dimension: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Dimension to score: overall, factual, helpful, clear, safe, or one of your own; repeat for several. "
            "With pairs, both responses can be scored after each vote.",
            show_default="overall, with --kind satisfaction",
        ),
    ] = None
    scale: Annotated[
        str, typer.Option(metavar="LOW-HIGH", help="Lowest and highest score: 2 to 10 steps between 0 and 10.")
    ] = "1-5"
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP=TEXT", help="Text of a step of the scale; repeat for several.", show_default="ends only"
        ),
    ] = None
    layout: Annotated[
        Literal["single", "side-by-side"],
        typer.Option(help="Show one response at a time, or all responses to a question side by side."),
    ] = "single"

    def plan(self) -> "ScoringPlan | None":
        """The plan of the scores; None for a campaign of votes alone.

        Raises:
            typer.BadParameter: labels without a dimension, or a scale or label that cannot be read.
        """
        from arena.campaigns.scoring import ScoringPlan
        from storage.values import RatingLayout

        if CampaignKind(self.kind) is CampaignKind.pairwise and not self.dimension:
            if self.label:
                raise typer.BadParameter("expected --dimension with --label, or --kind satisfaction; add one of them")
            return None
        low, _, high = self.scale.partition("-")
        if not (low.isdecimal() and high.isdecimal()):
            raise typer.BadParameter(f"expected --scale as LOW-HIGH, for example 1-5, got {self.scale!r}")
        labels = {}
        for one in self.label or ():
            step, is_labelled, text = one.partition("=")
            if not (is_labelled and step.strip().isdecimal()):
                raise typer.BadParameter(f"expected --label as STEP=TEXT, for example '5=Excellent', got {one!r}")
            labels[int(step)] = text
        layout = RatingLayout(self.layout.replace("-", "_"))
        dimensions = ("overall",) if self.dimension is None else tuple(self.dimension)
        return ScoringPlan(dimensions, int(low), int(high), labels, layout)
