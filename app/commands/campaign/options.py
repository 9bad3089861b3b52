"""Options for the drawing and the quality settings of a campaign."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from app.commands.tables import Cell

NONE = "none"


@dataclass(frozen=True)
class DrawingOptions:
    """How a new campaign draws its pairs.

    Attributes:
        overlap: number of raters per pair of responses.
        policy: name of a pairing policy.
        uniform_share: share of pairs drawn uniformly at random.
    """

    overlap: Annotated[int, typer.Option(metavar="N", help="Number of raters per pair of responses.")] = 1
    policy: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Pairing policy: deficit (pairs with few votes first), informative (pairs that tell most about the "
            "ranking first) or uniform.",
        ),
    ] = "deficit"
    uniform_share: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of pairs drawn uniformly at random, 0.1 to 1.")
    ] = 0.1


@dataclass(frozen=True)
class QualityOptions:
    """Which pairs get several raters, how raters are checked, and when a campaign stops.

    Attributes:
        overlap_share: share of the pairs that get the overlap.
        gold_share: share of silent gold items among the draws.
        repeat_share: share of swapped repeats among the draws.
        repeat_gap: number of other pairs before a repeat. At first 10.
        max_votes: number of votes taken from one rater; 0 for any number.
        deadline: time after which no pair is handed out, or `none`.
        pause_after: number of gold answers before a rater can be paused; 0 for no rule.
        pause_below: accuracy below which a rater is paused.
        pause_fast: number of fast votes in a row that pauses a rater; 0 for no rule.
        ask_strength: whether the page asks how much better a response is. At first it does.
        onboarding_feedback: whether wrong answers to onboarding items are corrected. At first they are not.
    """

    overlap_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of the pairs that get the overlap; the others get one rater. At first 1.",
            show_default=False,
        ),
    ] = None
    gold_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Share of silent gold items among the pairs shown. At first 0.", show_default=False
        ),
    ] = None
    repeat_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of repeats with swapped sides among the pairs shown. At first 0.",
            show_default=False,
        ),
    ] = None
    repeat_gap: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Smallest number of other pairs before a repeat. At first 10.", show_default=False
        ),
    ] = None
    max_votes: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Largest number of votes of one rater; 0 for no limit, as at first.", show_default=False
        ),
    ] = None
    deadline: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Time in UTC after which no pair is handed out, such as 2027-01-31T18:00; at first none.",
            show_default=False,
        ),
    ] = None
    pause_after: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Gold answers after which a rater with a low accuracy is paused; 0 for no rule, as at first.",
            show_default=False,
        ),
    ] = None
    pause_below: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Accuracy below which that happens, such as 0.7.", show_default=False),
    ] = None
    pause_fast: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Votes in a row, too fast to have looked, that pause a rater; 0 for no rule, as at first.",
            show_default=False,
        ),
    ] = None
    ask_strength: Annotated[
        bool | None,
        typer.Option(
            "--ask-strength/--no-strength",
            help="Offer raters to say how much better a response is, slightly or much. At first offered.",
            show_default=False,
        ),
    ] = None
    onboarding_feedback: Annotated[
        bool | None,
        typer.Option(
            "--onboarding-feedback/--no-onboarding-feedback",
            help="Show the expected answer and its explanation after a wrong answer to an onboarding item. At first "
            "not shown.",
            show_default=False,
        ),
    ] = None

    def changes(self) -> dict[str, Any]:
        """The rules that were given, by field of `storage.campaigns.rules.QualityRules`.

        Raises:
            BadInput: the deadline is no time.
        """
        given: dict[str, Any] = {
            "overlap_share": self.overlap_share,
            "gold_share": self.gold_share,
            "repeat_share": self.repeat_share,
            "repeat_gap": self.repeat_gap,
            "most_votes": self.max_votes,
            "pause_after": self.pause_after,
            "pause_below": self.pause_below,
            "pause_fast": self.pause_fast,
            "ask_strength": self.ask_strength,
            "onboarding_feedback": self.onboarding_feedback,
        }
        found = {name: value for name, value in given.items() if value is not None}
        for name in ("most_votes", "pause_after", "pause_fast"):
            if found.get(name) == 0:
                found[name] = None
        if "pause_after" in found and found["pause_after"] is None:
            found["pause_below"] = None
        if self.deadline is not None:
            found["deadline"] = parse_deadline(self.deadline)
        return found


def parse_deadline(text: str) -> datetime | None:
    """A time of the command line in UTC; None for `none`.

    Raises:
        BadInput: it is neither.
    """
    from storage.errors import BadInput

    if text.strip().lower() == NONE:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            f"expected a deadline such as 2027-01-31 or 2027-01-31T18:00 (UTC), or none, got {text!r}; write it so"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def told_rules(rules: Any) -> dict[str, Cell]:  # noqa: ANN401  storage stays unimported until a command runs
    """The quality rules of a campaign by the names of their options."""
    return {
        "overlap share": rules.overlap_share,
        "gold share": rules.gold_share,
        "repeat share": rules.repeat_share,
        "repeat gap": rules.repeat_gap,
        "max votes": rules.most_votes,
        "deadline": None if rules.deadline is None else rules.deadline.isoformat(timespec="minutes"),
        "pause after": rules.pause_after,
        "pause below": rules.pause_below,
        "pause fast": rules.pause_fast,
        "ask strength": rules.ask_strength,
        "onboarding feedback": rules.onboarding_feedback,
    }
