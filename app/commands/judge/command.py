"""`evenhand judge`: have a language model judge responses, one by one or in pairs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.endpoint_options import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.judge import tools
from app.commands.judge.options import AskingOptions, JudgeOptions, Order, WhatOptions
from app.commands.options import StoreOptions, TableOptions, grouped

if TYPE_CHECKING:
    from collections.abc import Callable

    from judging.run.judge import JudgeItem
    from storage.database.engine import Database

commands = typer.Typer(
    name="judge", help="Have language models judge responses.", no_args_is_help=True, rich_markup_mode=None
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be asked and what it may cost; ask nothing.")]


@dataclass(frozen=True)
class JudgeOptionGroups:
    """The options that every kind of judging has."""

    judge: JudgeOptions
    what: WhatOptions
    endpoint: EndpointOptions
    pace: PaceOptions
    generation: GenerationOptions
    table: TableOptions
    store: StoreOptions
    asking: AskingOptions


@commands.command(
    "single", epilog="Example: evenhand judge single --model gpt-4.1 --prompt dimensions --turn 1 --dry-run"
)
@grouped
def single(
    *,
    judge: JudgeOptions,
    what: WhatOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    generation: GenerationOptions,
    table: TableOptions,
    store: StoreOptions,
    asking: AskingOptions,
) -> None:
    """Score every response by itself."""
    from app.commands.judge.jobs import items_of
    from judging.run.items import single_responses

    groups = JudgeOptionGroups(judge, what, endpoint, pace, generation, table, store, asking)
    _run(
        groups,
        ("single-10", "single-10-zh", "single-10-turns", "single-10-turns-zh"),
        "given",
        items_of(what, single_responses),
    )


@commands.command("pairwise", epilog="Example: evenhand judge pairwise --model gpt-4.1 --pairs voted --dry-run")
@grouped
def pairwise(
    *,
    judge: JudgeOptions,
    what: WhatOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    generation: GenerationOptions,
    table: TableOptions,
    store: StoreOptions,
    asking: AskingOptions,
    pairs: Annotated[
        str,
        typer.Option(
            metavar="all|voted|baseline:MODEL|FILE",
            help="Every two models, what people compared, all against one, or a file of question, model_a, model_b.",
        ),
    ] = "all",
    order: Annotated[Order, typer.Option(help="Each response first once, as given, or by a coin.")] = "both",
) -> None:
    """Compare two models' responses to one question."""
    from app.commands.judge.jobs import pairs_of

    groups = JudgeOptionGroups(judge, what, endpoint, pace, generation, table, store, asking)
    _run(groups, ("pair-3", "pair-3-zh", "pair-3-turns", "pair-3-turns-zh"), order, pairs_of(what, pairs))


@commands.command(
    "several", epilog="Example: evenhand judge several --model gpt-4.1 --category code --turn 1 --dry-run"
)
@grouped
def several(
    *,
    judge: JudgeOptions,
    what: WhatOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    generation: GenerationOptions,
    table: TableOptions,
    store: StoreOptions,
    asking: AskingOptions,
    order: Annotated[Order, typer.Option(help="In both directions, as given, or shuffled.")] = "both",
) -> None:
    """Score all models' responses to one question beside each other; every two of them become a verdict."""
    from app.commands.judge.jobs import items_of
    from judging.run.items import response_groups

    groups = JudgeOptionGroups(judge, what, endpoint, pace, generation, table, store, asking)
    _run(groups, ("several-10",), order, items_of(what, response_groups))


def _run(
    groups: JudgeOptionGroups, prompts: tuple[str, ...], order: Order, items: "Callable[[Database], list[JudgeItem]]"
) -> None:
    """Judge, and leave with 1 where something failed or was left."""
    from app.commands.judge.jobs import JudgeJob, make_judge
    from app.commands.judge.output import print_plan, print_result

    groups.pace.check()
    if not groups.judge.model:
        raise typer.BadParameter("expected --model with the judge's name at its endpoint, got none")
    job = JudgeJob(groups.store, groups.endpoint, groups.pace)
    made = make_judge(groups.judge, groups.generation, groups.judge.chosen(prompts), order)
    with job.opened(made, items, will_ask=not groups.asking.dry_run) as plan:
        if groups.asking.dry_run:
            print_plan(plan, groups.table)
            return
        result = job.carry_out(plan, again=groups.asking.again)
    print_result(result, groups.table)
    if result.is_incomplete:
        raise typer.Exit(code=1)


@commands.command("recipe", epilog="Example: evenhand judge recipe arena-bench-v1 --data arena_bench")
@grouped
def recipe(
    *,
    benchmark: Annotated[str, typer.Argument(metavar="NAME", help="See `evenhand list recipes`.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Your copy of its published files.", show_default=False)],
    judge: JudgeOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    table: TableOptions,
    store: StoreOptions,
    baseline: Annotated[
        str,
        typer.Option(metavar="MODEL", help="That all others meet.", show_default="its own, or every two"),
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Reproduce a known judge benchmark from its recorded replies or, with --model, judge it with a model of yours."""
    from app.commands.judge.output import print_recipe
    from app.commands.judge.recipe_jobs import RecipeJob

    pace.check()
    job = RecipeJob(benchmark, data, judge, endpoint, pace)
    with store.opened(create=True) as database:
        result = job.plan(database, baseline) if dry_run else job.run(database, baseline)
    print_recipe(benchmark, result, table)
    if result.is_incomplete:
        raise typer.Exit(code=1)


commands.command("jury", epilog="Example: evenhand judge jury --member strict --member lenient --name panel")(
    tools.jury
)
commands.command("reparse", epilog="Example: evenhand judge reparse strict --dry-run")(tools.reparse)
commands.command("canaries", epilog="Example: evenhand judge canaries --model gpt-4.1 --prompt pair-5")(tools.canaries)
commands.command("import-prompts", epilog="Example: evenhand judge import-prompts judge_prompts.jsonl prompts")(
    tools.import_prompts
)
