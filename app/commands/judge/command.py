"""`evenhand judge`: have a language model judge responses, one by one or in pairs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.judge import batch, calibration, tools
from app.commands.judge.options import DryRun, EmptyResponses, JudgeItemOptions, JudgeOptions, JudgeRunOptions, Order
from app.commands.options.endpoint import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.commands.judge.jobs import ChosenItems
    from storage.database.engine import Database

commands = typer.Typer(
    name="judge", help="Have language models judge responses.", no_args_is_help=True, rich_markup_mode=None
)


@dataclass(frozen=True)
class JudgeOptionGroups:
    """The option groups that every kind of judging has."""

    judge: JudgeOptions
    items: JudgeItemOptions
    endpoint: EndpointOptions
    pace: PaceOptions
    generation: GenerationOptions
    table: TableOptions
    store: StoreOptions
    run: JudgeRunOptions


@commands.command(
    "single", epilog="Example: evenhand judge single --model gpt-4.1 --prompt dimensions --turn 1 --dry-run"
)
@grouped
def single(groups: JudgeOptionGroups) -> None:
    """Score every response by itself."""
    from app.commands.judge.jobs import items_of
    from judging.run.items import single_responses

    prompts = ("single-10", "single-10-zh", "single-10-turns", "single-10-turns-zh")
    _run(groups, prompts, "given", items_of(groups.items, single_responses))


@commands.command("pairwise", epilog="Example: evenhand judge pairwise --model gpt-4.1 --pairs voted --dry-run")
@grouped
def pairwise(
    *,
    groups: JudgeOptionGroups,
    pairs: Annotated[
        str,
        typer.Option(
            metavar="all|voted|baseline:MODEL|FILE",
            help="All pairs, those that people voted on, every model against MODEL, or those of a JSONL file with "
            "question, model_a and model_b.",
        ),
    ] = "all",
    order: Annotated[Order, typer.Option(help="Show both orders, the given order, or a random order.")] = "both",
    empty: Annotated[
        EmptyResponses,
        typer.Option(
            help="Leave pairs with an empty response out, or let the empty response lose without asking the judge; "
            "leaderboards say so."
        ),
    ] = "left-out",
) -> None:
    """Compare two models' responses to the same question."""
    from app.commands.judge.jobs import pairs_of

    prompts, empty_loses = ("pair-3", "pair-3-zh", "pair-3-turns", "pair-3-turns-zh"), empty == "loses"
    _run(groups, prompts, order, pairs_of(groups.items, pairs, empty_loses=empty_loses), empty_loses=empty_loses)


@commands.command(
    "several", epilog="Example: evenhand judge several --model gpt-4.1 --category code --turn 1 --dry-run"
)
@grouped
def several(
    *,
    groups: JudgeOptionGroups,
    order: Annotated[
        Order, typer.Option(help="Show both the given and the reverse order, the given order, or a random order.")
    ] = "both",
) -> None:
    """Score all models' responses to a question side by side; every pair of them becomes a judgment."""
    from app.commands.judge.jobs import items_of
    from judging.run.items import response_groups

    _run(groups, ("several-10",), order, items_of(groups.items, response_groups))


def _run(
    groups: JudgeOptionGroups,
    prompts: tuple[str, ...],
    order: Order,
    items: "Callable[[Database], ChosenItems]",
    *,
    empty_loses: bool = False,
) -> None:
    """Judge, and exit with 1 if items failed or remain."""
    from app.commands.judge.jobs import JudgeJob, make_judge
    from app.commands.judge.model import JudgeModel
    from app.commands.judge.output import print_plan, print_result
    from app.commands.progress import exit_code
    from app.models.references import JUDGE

    reference = groups.judge.reference(JUDGE)
    pace = groups.pace.for_model(reference)
    groups.endpoint.requests.check_for(reference)
    settings = groups.endpoint.requests.applied(groups.generation.settings)
    judge = make_judge(reference, groups.judge, settings, groups.judge.chosen(prompts), order)
    judge = replace(judge, rules=replace(judge.rules, empty_loses=empty_loses))
    asks_nothing = groups.run.dry_run or groups.run.batch is not None
    model = JudgeModel(reference, None if asks_nothing else groups.endpoint.address_for(reference))
    job = JudgeJob(groups.store, model, pace)
    with job.opened(judge, items, again=groups.run.again) as plan:
        if groups.run.dry_run:
            print_plan(plan, groups.table)
            return
        if groups.run.batch is not None:
            share = pace.batch_share(reference)
            pace.check_batch(reference, share * plan.max_cost)
            vision = not groups.endpoint.requests.no_vision
            batch.write_batch(job.database, plan, groups.run.batch, groups.judge, groups.table, share, vision=vision)
            return
        result = job.carry_out(plan)
    print_result(result, groups.table)
    if result.is_incomplete:
        raise typer.Exit(code=exit_code(result.totals))


@commands.command("recipe", epilog="Example: evenhand judge recipe arena-bench-v1 --data arena_bench")
@grouped
def recipe(
    *,
    benchmark: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the benchmark, see `evenhand list recipes`.")
    ],
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with the benchmark's published files.", show_default=False)
    ],
    judge: JudgeOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    table: TableOptions,
    store: StoreOptions,
    baseline: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="Baseline that every other model is compared with.",
            show_default="the benchmark's own, otherwise all pairs",
        ),
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Reproduce a known judge benchmark from its recorded replies or, with --model, judge it with another model."""
    from app.commands.judge.output import print_recipe
    from app.commands.judge.recipe_jobs import RecipeJob

    job = RecipeJob(benchmark, data, judge, endpoint, pace)
    with store.opened(create=True) as database:
        result = job.plan(database, baseline) if dry_run else job.run(database, baseline)
    print_recipe(benchmark, result, table)
    if result.is_incomplete:
        raise typer.Exit(code=1)


commands.command("jury", epilog="Example: evenhand judge jury --member strict --member lenient --name panel")(
    tools.jury
)
commands.command("calibration", epilog="Example: evenhand judge calibration --judge strict")(calibration.calibration)
commands.command("submit", epilog="Example: evenhand judge submit batch-1")(batch.submit)
commands.command("collect", epilog="Example: evenhand judge collect batch-1 --wait")(batch.collect)
commands.command("reparse", epilog="Example: evenhand judge reparse strict --dry-run")(tools.reparse)
commands.command("canaries", epilog="Example: evenhand judge canaries --model gpt-4.1 --prompt pair-5")(tools.canaries)
commands.command("import-prompts", epilog="Example: evenhand judge import-prompts judge_prompts.jsonl prompts")(
    tools.import_prompts
)
