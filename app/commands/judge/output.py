"""Output of `evenhand judge`: the plan of a run, its result, and the figures of a benchmark."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from app.commands.planned_requests import PlannedRequests
from app.commands.progress import MONEY_SHOWN, spent_on_failures, totals_as_json, unfinished
from app.commands.tables import Row, counted, print_json, print_table, visible

if TYPE_CHECKING:
    from app.commands.judge.jobs import JudgeResult
    from app.commands.judge.recipe_jobs import RecipeResult
    from app.commands.options.store import TableOptions
    from judging.recipes.recipe import ReproducedFigures
    from judging.run.plan import JudgePlan


_AS_IS = "the stored reply holds no verdict, and --again asks for another"


def print_plan(plan: "JudgePlan", table: "TableOptions") -> None:
    """Print the plan of a run."""
    facts, lengths = _plan_facts(plan), plan.lengths
    mean_cost = 0.0 if lengths is None else plan.price.mean_cost(lengths.prompt, lengths.completion)
    planned = PlannedRequests(plan.to_send, plan.max_cost, len(plan.stored), lengths, mean_cost)
    if table.json:
        print_json(facts | planned.as_json())
        return
    typer.echo(f"Judge {visible(plan.judge.identity.key)}")
    typer.echo(f"  to judge: {facts['items']:,}; judged before: {plan.judged_before:,}")
    if plan.failed_before:
        typer.echo(f"  {_failed_before(plan)}")
    _print_empty(plan)
    tokens = f"at most {counted(round(plan.tokens), 'prompt token')}"
    typer.echo(f"  {planned.as_text(details=tokens)}")


def print_result(result: "JudgeResult", table: "TableOptions", *, open_because: str = "") -> None:
    """Print the result of a run; `open_because` says why items are open, where the totals do not know."""
    plan, tally, totals = result.plan, result.tally, result.totals
    if table.json:
        print_json(
            _plan_facts(plan)
            | {
                "outcomes": dict(tally.outcomes),
                "causes": dict(tally.causes),
                "failed_as_before": tally.failed_as_before,
                "left": result.left,
                "refused_again": result.refused_again,
                "replies": totals.replies,
                "reused_replies": tally.reused,
                "failed_requests": {cause.value: count for cause, count in totals.failures.items()},
                **totals_as_json(totals),
                "seconds": round(result.seconds, 3),
            }
        )
        return
    typer.echo(f"Judge {visible(plan.judge.identity.key)}")
    outcomes = ", ".join(f"{name} {count:,}" for name, count in sorted(tally.outcomes.items(), reverse=True))
    typer.echo(f"  judged: {outcomes or 'nothing new'}; judged before: {plan.judged_before:,}")
    _print_empty(plan)
    for cause, count in tally.causes.most_common():
        typer.echo(f"  failed, {cause.replace('_', ' ')}: {count:,}")
    if tally.failed_as_before:
        typer.echo(f"  failed before, and as they were: {tally.failed_as_before:,}; {_AS_IS}")
    speed = totals.ended / result.seconds if result.seconds else 0.0
    cost = f", {totals.spent:.2f} spent" if totals.spent >= MONEY_SHOWN else ""
    cost += spent_on_failures(totals)
    typer.echo(
        f"  requests: {totals.ended:,} ({counted(totals.attempts, 'attempt')}; stored replies reused: "
        f"{tally.reused:,}), {speed:.1f} requests/s{cost}"
    )
    if totals.last_failure:
        typer.echo(f"  last failure: {visible(totals.last_failure)}")
    if result.left:
        typer.echo(unfinished(result.left, totals, open_because))


def _plan_facts(plan: "JudgePlan") -> dict[str, object]:
    return {
        "judge": plan.judge.identity.key,
        "items": len(plan.open) + len(plan.by_rule),
        "judged_before": plan.judged_before,
        "failed_before": len(plan.failed_before),
        "failed_as_is": plan.failed_as_is,
        "requests": plan.requests,
        "prompt_tokens_at_most": round(plan.tokens),
        "items_with_empty_response": plan.empty_items,
        "empty_responses": dict(plan.empty_responses),
        "prevented_by_empty_response": [asdict(item) for item in plan.prevented],
        "lost_by_empty_response": plan.empty_losses,
    }


def _failed_before(plan: "JudgePlan") -> str:
    """How many items failed before, and what becomes of them."""
    failed, as_is = len(plan.failed_before), plan.failed_as_is
    fates = [f"{failed - as_is:,} asked again"] if failed > as_is else []
    if as_is:
        fates.append(f"{as_is:,} as is: {_AS_IS}")
    return f"of these, {failed:,} failed before: {', '.join(fates)}"


def _print_empty(plan: "JudgePlan") -> None:
    """Say how many items an empty response prevents or loses, and whose."""
    if plan.empty_losses:
        typer.echo(f"  lost by an empty response, as --empty loses says: {plan.empty_losses:,}")
    if plan.empty_items:
        models = ", ".join(f"{visible(name)} {count:,}" for name, count in sorted(plan.empty_responses.items()))
        listed = "; --json lists them" if plan.prevented else ""
        typer.echo(f"  not judged, because a response is empty: {plan.empty_items:,} ({models}){listed}")


def print_recipe(name: str, result: "RecipeResult", table: "TableOptions") -> None:
    """Print the figures of a recipe."""
    if result.planned is not None:
        print_plan(result.planned, table)
        return
    reproduced = result.recipe.reproduced
    rows: list[Row] = [
        {
            "of": figure.subject,
            "figure": figure.name,
            "value": None if figure.value is None else round(figure.value, 4),
            "standard error": None if figure.standard_error is None else round(figure.standard_error, 4),
            "count": figure.count,
            "without verdict": figure.unparsed,
        }
        for figure in result.figures
    ]
    if table.json:
        exact = [
            {**row, "value": figure.value, "standard error": figure.standard_error}
            for row, figure in zip(rows, result.figures, strict=True)
        ]
        print_json(
            {
                "recipe": name,
                "checked": reproduced.figures,
                "published_in": reproduced.published_in,
                "judged": result.judged,
                "lost": result.lost,
                "failed": result.failed,
                "strict_parser_differs": result.differences,
                "corrected_by_authors": result.corrected,
                "without_responses": result.unanswered,
                "left_aside": list(result.left_aside),
                "figures": exact,
            }
        )
        return
    if rows:
        print_table([_printed(row) for row in rows], right=("value", "standard error"))
    typer.echo(f"{counted(result.judged, 'verdict')}; {_verification(reproduced)}")
    _print_exceptions(result)


def _print_exceptions(result: "RecipeResult") -> None:
    """Print what is not counted, or not counted by the published rule."""
    for what, counts in (
        ("without a verdict", result.failed),
        ("read differently by the strict parser", result.differences),
    ):
        for cause, count in sorted(counts.items()):
            typer.echo(f"  {what}, {cause.replace('_', ' ')}: {count:,}")
    if result.lost:
        typer.echo(f"  recorded replies whose responses are not in the store: {result.lost:,}")
    if result.corrected:
        typer.echo(f"  without a verdict by the rule, with one that the authors set by hand: {result.corrected:,}")
    if result.unanswered:
        typer.echo(f"  stored as verdicts only, since the responses are not published: {result.unanswered:,}")
    if result.left_aside:
        typer.echo(f"  files of another kind, left aside: {', '.join(map(visible, result.left_aside))}")


def _verification(reproduced: "ReproducedFigures") -> str:
    if reproduced.figures:
        return f"on the published files this command reproduces {reproduced.figures}, from {reproduced.published_in}."
    return "this recipe has not been verified against published figures."


def _printed(row: Row) -> Row:
    """A row whose numbers have four decimals, the most that benchmarks publish."""
    return {name: f"{cell:.4f}" if isinstance(cell, float) else cell for name, cell in row.items()}
