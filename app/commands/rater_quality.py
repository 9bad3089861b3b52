"""Quality of raters as text and as JSON."""

from typing import TYPE_CHECKING, Any

import typer

from app.commands.estimates import as_json, number, percent
from app.commands.tables import Cell, Row, print_table, visible
from app.views.number_text import signed_text

if TYPE_CHECKING:
    from arena.campaigns.pairing import CellShape
    from arena.quality.flags import RaterFlag
    from arena.quality.measures import CountedShare
    from arena.quality.report import RaterQuality, RaterReport

FLAGS = {
    "fast": "{n} of {total} timed {answers} were too fast to have looked at the {unit}",
    "one_sided": "{n} of {total} votes for a side went to the same side; by chance with probability {chance}",
    "identical": "{n} of {total} votes in a row were the same choice; by chance with probability {chance} at most",
    "gold": "{n} of {total} gold answers were wrong",
    "inconsistent": "{n} of {total} repeated {units} were judged differently; the others' rate gives {chance}",
    "disagrees": "{n} of {total} votes went against the majority; the others' rate gives {chance}",
}
"""Sentence for each flag, with blanks for the words of the campaign."""


def quality_row(line: "RaterQuality", shape: "CellShape") -> Row:
    """One rater as a row of a table; what only votes on pairs have is left out where there are none."""
    found = line.measures
    sides = {"left %": _percent(found.left), "majority %": _percent(line.majority)} if shape == "pair" else {}
    return {
        "rater": line.name,
        _words(shape)["answers"]: found.votes if shape == "pair" else found.scored,
        "median seconds": found.pace.median_seconds,
        "too fast": found.pace.fast.n if found.pace.fast.total else None,
        "gold %": _percent(found.gold),
        "repeats %": _percent(found.consistency),
        **sides,
        "flags": ", ".join(one.rule for one in line.flags) or None,
        "paused": line.paused,
    }


def quality_json(line: "RaterQuality") -> dict[str, Any]:
    """Measures and flags of one rater for JSON; unknown is null."""
    found: dict[str, Any] = as_json(line)
    return {key: found[key] for key in found if key not in ("rater_id", "key")}


def report_json(report: "RaterReport | None") -> dict[str, Any]:
    """The report of one rater for JSON; null parts are unknown."""
    if report is None:
        return {"quality": None, "others": None, "majority": None, "influence": None}
    return {
        "quality": quality_json(report.quality),
        "others": as_json(report.others),
        "majority": as_json(report.majority),
        "influence": as_json(report.influence),
    }


def flag_sentence(flag: "RaterFlag", shape: "CellShape") -> str:
    """What a flag says of a rater whose ballots have this shape."""
    chance = None if flag.chance is None else f"{flag.chance:.2g}"
    return FLAGS[flag.rule].format(n=flag.n, total=flag.total, chance=chance, **_words(shape))


def print_report(report: "RaterReport", shape: "CellShape") -> None:
    """Print the report of one rater: flags first, then each measure with its interval and number of cases.

    Args:
        report: what is known of the rater.
        shape: what the ballots of the rater show.
    """
    line = report.quality
    typer.echo(visible(line.name) + (", paused by a rule of the campaign" if line.paused else ""))
    for flag in line.flags:
        typer.echo(f"  flag {flag.rule}: {flag_sentence(flag, shape)}")
    if not line.flags:
        typer.echo("  no flags")
    typer.echo()
    print_table(_measures(report, shape), right=("value", "95 % interval"))
    if shape == "pair":
        typer.echo()
        typer.echo(_influence(report))


def _measures(report: "RaterReport", shape: "CellShape") -> list[Row]:
    found = report.quality.measures
    pace, answers = found.pace, _words(shape)["answers"]
    given = [("votes", found.votes)] if found.votes or shape == "pair" else []
    if found.scored or shape != "pair":
        given.append(("ratings" if shape == "pair" else answers, found.scored))
    rows: list[dict[str, Cell]] = [
        {"measure": name, "value": f"{n:,}", "95 % interval": None, "cases": None} for name, n in given
    ]
    rows += [
        {
            "measure": f"median seconds per {answers.removesuffix('s')}",
            "value": None if pace.median_seconds is None else f"{pace.median_seconds:.1f}",
            "95 % interval": None,
            "cases": pace.timed,
        },
        {
            "measure": "seconds in a hidden tab",
            "value": None if pace.hidden_seconds is None else f"{pace.hidden_seconds:.0f}",
            "95 % interval": None,
            "cases": None,
        },
        _counted(f"{answers} too fast to have looked", pace.fast),
        _counted("right answers to silent gold items", found.gold),
        _counted("right answers to onboarding items", found.onboarding),
        _counted("repeats with the same answer", found.consistency),
    ]
    if shape == "pair":
        rows += [
            _counted("votes for the left side", found.left),
            _counted("votes with the majority of the others", report.quality.majority),
        ]
    if report.others is not None:
        rows += [
            {"measure": name, "value": text.partition(" ")[0], "95 % interval": text.partition(" ")[2], "cases": cases}
            for name, text, cases in (
                ("agreement with the others, %", percent(report.others.agreement), report.others.pairs),
                ("Cohen's kappa with the others", number(report.others.kappa), report.others.pairs),
            )
        ]
    return [*rows]


def _counted(name: str, share: "CountedShare") -> dict[str, Cell]:
    if share.share is None or share.low is None or share.high is None:
        return {"measure": name, "value": None, "95 % interval": None, "cases": 0}
    interval = f"{100 * share.low:.0f} – {100 * share.high:.0f} %"
    return {"measure": name, "value": f"{100 * share.share:.0f} %", "95 % interval": interval, "cases": share.total}


def _influence(report: "RaterReport") -> str:
    found = report.influence
    if found is None:
        return "No vote of this rater counts on a leaderboard."
    if found.largest_change is None:
        return "Without this rater, fewer than two models would have a rating."
    swaps = ", ".join(f"{visible(one)} and {visible(other)}" for one, other in found.swaps)
    order = f"these change their order: {swaps}" if swaps else "no two models change their order"
    return (
        f"Without the {found.votes:,} votes of this rater, {visible(str(found.model))} moves most, by "
        f"{signed_text(found.largest_change, 1)} points; {order}."
    )


def _words(shape: "CellShape") -> dict[str, str]:
    """The words for what the ballots of a campaign show, and for the answers on them."""
    from app.views.sentences import say

    return {word: say("en", f"campaign_{word}_{shape}") for word in ("unit", "units", "answers")}


def _percent(share: "CountedShare") -> float | None:
    return None if share.share is None else 100.0 * share.share
