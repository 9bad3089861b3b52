"""Quality of raters as text and as JSON."""

from typing import TYPE_CHECKING, Any

import typer

from app.commands.estimates import as_json, number, percent
from app.commands.tables import Cell, Row, print_table, visible

if TYPE_CHECKING:
    from arena.quality.flags import RaterFlag
    from arena.quality.measures import CountedShare
    from arena.quality.report import RaterQuality, RaterReport

FLAGS = {
    "fast": "{n} of {total} timed votes were too fast to have looked at the pair",
    "one_sided": "{n} of {total} votes for a side went to the same side; by chance with probability {chance}",
    "identical": "{n} of {total} votes in a row were the same choice; by chance with probability {chance} at most",
    "gold": "{n} of {total} gold answers were wrong",
    "inconsistent": "{n} of {total} repeated pairs were judged differently; the others' rate gives {chance}",
    "disagrees": "{n} of {total} votes went against the majority; the others' rate gives {chance}",
}
"""Sentence for each flag."""


def quality_row(line: "RaterQuality") -> Row:
    """One rater as a row of a table."""
    found = line.measures
    return {
        "rater": line.name,
        "votes": found.votes,
        "scored": found.scored,
        "median seconds": found.pace.median_seconds,
        "too fast": found.pace.fast.n if found.pace.fast.total else None,
        "gold %": _percent(found.gold),
        "repeats %": _percent(found.consistency),
        "left %": _percent(found.left),
        "majority %": _percent(line.majority),
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


def flag_sentence(flag: "RaterFlag") -> str:
    """What a flag says."""
    chance = None if flag.chance is None else f"{flag.chance:.2g}"
    return FLAGS[flag.rule].format(n=flag.n, total=flag.total, chance=chance)


def print_report(report: "RaterReport") -> None:
    """Print the report of one rater: flags first, then each measure with its interval and number of cases."""
    line = report.quality
    typer.echo(visible(line.name) + (", paused by a rule of the campaign" if line.paused else ""))
    for flag in line.flags:
        typer.echo(f"  flag {flag.rule}: {flag_sentence(flag)}")
    if not line.flags:
        typer.echo("  no flags")
    typer.echo()
    print_table(_measures(report), right=("value", "95 % interval"))
    typer.echo()
    typer.echo(_influence(report))


def _measures(report: "RaterReport") -> list[Row]:
    found = report.quality.measures
    pace = found.pace
    rows: list[dict[str, Cell]] = [
        {"measure": "votes", "value": f"{found.votes:,}", "95 % interval": None, "cases": None},
        {"measure": "scored ballots", "value": f"{found.scored:,}", "95 % interval": None, "cases": None},
        {
            "measure": "median seconds per vote",
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
        _counted("votes too fast to have looked", pace.fast),
        _counted("right answers to silent gold items", found.gold),
        _counted("right answers to onboarding items", found.onboarding),
        _counted("repeats with the same answer", found.consistency),
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
        f"{found.largest_change:+.1f} points; {order}."
    )


def _percent(share: "CountedShare") -> float | None:
    return None if share.share is None else 100.0 * share.share
