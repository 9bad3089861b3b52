"""`evenhand compare`: whether one model is better than another, by how much and how surely."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.rank.options import FusionOptions, VoteFilter
from app.commands.tables import print_json, visible
from app.wiring import clock

if TYPE_CHECKING:
    from arena.decisions.comparison import ComparisonPlan
    from arena.fused.sources import FusionChoice

GATES = ("worse", "not-better")


@dataclass(frozen=True)
class DecisionOptions:
    """How sure the answer must be, and what counts as one piece of evidence.

    Attributes:
        level: confidence level, 0 to 1.
        margin: difference of the win rate from one half that does not matter.
        horizon: number of raters after which no more is looked at.
        block: what one piece of evidence is.
        pause: length of the pause that ends the votes of a rater.
        over: whether nobody votes any more.
    """

    level: Annotated[float, typer.Option(metavar="SHARE", help="Certainty of the answer, 0.5 to 1.")] = 0.95
    margin: Annotated[
        float,
        typer.Option(metavar="POINTS", help="Difference from a win rate of 50 % that does not matter, in points."),
    ] = 5.0
    horizon: Annotated[int, typer.Option(metavar="N", help="Largest number of raters (or questions) to look at.")] = (
        1000
    )
    block: Annotated[
        Literal["rater", "question"] | None,
        typer.Option(
            help="Count all votes of a rater, or all on a question, as one piece of evidence.",
            show_default="rater for people, question for judges",
        ),
    ] = None
    pause: Annotated[
        float, typer.Option(metavar="HOURS", help="Count a rater after this many hours without a vote.")
    ] = 24.0
    over: Annotated[
        bool,
        typer.Option("--over", help="Count every vote now: nobody votes any more, as in a closed campaign."),
    ] = False

    def plan(self) -> "ComparisonPlan":
        """The plan of the comparison.

        Raises:
            BadInput: a number is out of its range.
        """
        from arena.decisions.comparison import ComparisonPlan

        return ComparisonPlan(
            level=self.level,
            margin=self.margin / 100.0,
            horizon=self.horizon,
            unit=self.block,
            pause_hours=self.pause,
            over=self.over,
        )


@dataclass(frozen=True)
class GateOptions:
    """What makes the command fail, and the summary for a build.

    Attributes:
        fail_if: outcomes that end with exit code 1.
        markdown: file for a summary.
    """

    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="worse|not-better",
            help="Exit with code 1 if NEW is worse, or unless it is better; repeat for both.",
            show_default="none",
        ),
    ] = None
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Append a Markdown summary to this file.", show_default="none"),
    ] = None


@grouped
def compare(
    new: Annotated[
        str,
        typer.Argument(help="Model that may be better; run:N for one run of `evenhand evaluate`.", show_default=False),
    ],
    old: Annotated[str, typer.Argument(help="Model that it is compared with, or run:N.", show_default=False)],
    *,
    decision: DecisionOptions,
    gates: GateOptions,
    filters: VoteFilter,
    fusion: FusionOptions,
    table: TableOptions,
    store: StoreOptions,
    by: Annotated[
        str,
        typer.Option(
            metavar="human|judge|judge:NAME|fused|fused:NAME|objective",
            help="Decide by the votes of people, by the judgments of all or one judge, by people with judges that "
            "narrow the interval (fused), or by the latest runs of `evenhand evaluate`.",
        ),
    ] = "human",
) -> None:
    """Tell whether a new model is better than an old one, and whether you may stop asking."""
    for gate in gates.fail_if or ():
        if gate not in GATES:
            raise typer.BadParameter(f"expected --fail-if among {', '.join(GATES)}, got {gate!r}")
    choice = fusion.choice(by, slices=None)
    found = (
        _objective(new, old, decision, store)
        if by == "objective"
        else _votes((new, old), by, decision, filters, choice, store)
    )
    if gates.markdown is not None:
        _append(gates.markdown, found.markdown())
    if table.json:
        print_json(found.as_json())
    else:
        found.show()
    if found.decision == "too_few":
        raise typer.Exit(code=1)
    for gate in gates.fail_if or ():
        if is_failed(found.decision, gate):
            typer.echo(f"evenhand: --fail-if {gate}: {visible(found.answer)}", err=True)
            raise typer.Exit(code=1)


class ComparisonAnswer(Protocol):
    """A comparison of two models, in the forms that the command gives.

    Attributes:
        decision: `better`, `worse`, `equal`, or a word for no decision.
        answer: the decision in one sentence.
    """

    @property
    def decision(self) -> str:
        """The outcome, in a word for programs."""

    @property
    def answer(self) -> str:
        """The decision in one sentence."""

    def as_json(self) -> dict[str, object]:
        """The comparison for programs."""

    def markdown(self) -> str:
        """The comparison for the summary of a build."""

    def show(self) -> None:
        """Print the comparison."""


def _objective(new: str, old: str, decision: DecisionOptions, store: StoreOptions) -> ComparisonAnswer:
    from app.commands.compare_objective import compare_objective
    from app.views.regressions.comparison import RegressionOptions

    with store.opened() as database:
        return compare_objective(database, new, old, RegressionOptions(decision.level, decision.margin / 100.0))


def _votes(
    models: tuple[str, str],
    by: str,
    decision: DecisionOptions,
    filters: VoteFilter,
    choice: "FusionChoice | None",
    store: StoreOptions,
) -> ComparisonAnswer:
    from app.commands.compare_votes import VotesAnswer
    from arena.decisions.comparison import compare as compare_models
    from storage.campaigns.campaigns import campaign_named
    from storage.values import CampaignState

    selection, plan = filters.selection(by), replace(decision.plan(), fusion=choice)
    with store.opened() as database:
        if filters.campaign is not None:
            with database.reading() as session:
                campaign = campaign_named(session, filters.campaign)
            selection = replace(selection, campaign=campaign.id)
            plan = replace(plan, over=plan.over or campaign.state == CampaignState.closed)
        found = compare_models(database, *models, selection=selection, plan=plan, now=clock())
        return VotesAnswer(found)


def is_failed(decision: str, gate: str) -> bool:
    """Whether a decision fails a gate; no decision fails `not-better` only."""
    return decision == "worse" or (gate == "not-better" and decision != "better")


def _append(path: Path, text: str) -> None:
    from storage.errors import BadInput

    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"expected a file that can be written, got {str(path)!r} ({error.strerror})") from error
