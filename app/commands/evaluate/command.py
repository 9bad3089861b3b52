"""`evenhand evaluate`: tasks with fixed answers on models of this machine or at an endpoint, to a summary table."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from app.commands.evaluate.checking import check_prompts, tell_problems
from app.commands.evaluate.cost import plan_costs, plan_grading
from app.commands.evaluate.options import AskOptions, EngineOptions, PerModel, Stage, StepOptions, TaskOptions
from app.commands.evaluate.output import log_samples, show_comparison, show_plan, show_summary, tell_unready
from app.commands.options.endpoint import EndpointOptions, PaceOptions
from app.commands.options.grader import make_grader
from app.commands.options.grouping import grouped
from app.commands.options.local import LocalModelOptions
from app.commands.options.several import SeveralValues
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.progress import progress
from app.models.local_libraries import local_libraries
from app.wiring import clock, make_holder

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from app.commands.evaluate.models import EvaluatedModel, EvaluatedModels
    from objective.evaluation.plan import EvaluationSettings
    from objective.evaluation.run import Evaluation
    from storage.database.engine import Database


Models = Annotated[
    list[str],
    typer.Option(
        "--hf-path",
        "--model",
        metavar="MODEL",
        help="Model to evaluate: a folder or hub name (also as hf:DIR), or endpoint:NAME; repeat for several.",
    ),
]


@dataclass(frozen=True)
class ModelOptions(LocalModelOptions):
    """How models are named and loaded.

    Attributes:
        name: name of a single model in the table.
    """

    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model in the table.", show_default="the name of its folder"),
    ] = None


@grouped
def evaluate(
    *,
    hf_path: Models,
    models: ModelOptions,
    tasks: TaskOptions,
    ask: AskOptions,
    engine: EngineOptions,
    steps: StepOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    table: TableOptions,
    store: StoreOptions,
) -> None:
    """Evaluate models on tasks with fixed answers; after an interruption, the same command continues the run."""
    from app.commands.evaluate.models import EvaluatedModels, read_models
    from objective.evaluation.run import Evaluation

    tasks, steps = _with_stage_of_mode(tasks, steps)
    named = read_models(hf_path, models.name)
    selected = tasks.select()
    tell_unready(selected)
    per_model = PerModel.read(ask.per_model, list(named.values()))
    settings = {model: _settings(per_model.own(name, ask), tasks) for model, name in named.items()}
    reached = EvaluatedModels(models, engine, endpoint, pace)
    if steps.dry_run:
        costs = plan_costs(named, selected, settings, reached, store, reuse=steps.reuse)
        costs += plan_grading(steps.grading, pace, selected, settings)
        problems = check_prompts(reached, selected, settings)
        show_plan(selected, _settings(ask, tasks), costs, problems, as_json=table.json)
        raise typer.Exit(code=1 if tell_problems(problems) or selected.unready else 0)
    _check(engine, models)
    for model in named:
        pace.for_model(model)
    for model, own in settings.items():
        reached.check(model, selected, own)
    grader_pace = steps.grading.pace(pace)
    evaluations = {
        model: Evaluation(name, reached.revision(model), selected, settings[model], reuse=steps.reuse)
        for model, name in named.items()
    }
    with store.opened(create=True) as database, ExitStack() as stack:
        grader = make_grader(steps.grading, steps.grading.endpoint(endpoint), grader_pace, database, stack)
        _check_against(database, steps.against, named.values())
        runs = {}
        for model, one in evaluations.items():
            graded = replace(one, grader=grader)
            runs[_run(database, graded, model, reached, steps.stage)] = graded
        is_complete = _show(database, runs, steps, table, seed=ask.seed)
    raise typer.Exit(code=0 if is_complete else 1)


def _show(
    database: "Database", runs: "Mapping[int, Evaluation]", steps: StepOptions, table: TableOptions, *, seed: int
) -> bool:
    """Print and write what the steps ask for, and return whether every task has all its answers."""
    from objective.evaluation.run import summarize_runs

    summary = summarize_runs(database, list(runs), next(iter(runs.values())).selection.groups)
    if steps.stage != "infer":
        folder = show_summary(summary, steps.out, now=clock(), is_json=table.json)
        if steps.log_samples:
            log_samples(database, runs, summary, folder)
    if steps.against is not None:
        show_comparison(database, next(iter(runs)), steps.against, seed=seed, is_json=table.json)
    return summary.is_complete


evaluate.command_class = SeveralValues  # type: ignore[attr-defined]


def _with_stage_of_mode(tasks: TaskOptions, steps: StepOptions) -> tuple[TaskOptions, StepOptions]:
    """`--mode all`, `infer`, `eval` and `viz` of other harnesses as the stage that they name."""
    stages: dict[str, Stage] = {word: word for word in get_args(Stage)} | {"eval": "score", "viz": "table"}
    named = stages.get(tasks.mode or "")
    return replace(tasks, mode=tasks.mode if named is None else None), replace(
        steps, stage=named or stages[steps.stage]
    )


def _settings(ask: AskOptions, tasks: TaskOptions) -> "EvaluationSettings":
    from objective.evaluation.plan import EvaluationSettings

    if ask.samples > 1 and not ask.temperature:
        raise typer.BadParameter("expected a temperature above 0 for several samples; without one they are all equal")
    return EvaluationSettings(
        prompts=ask.prompts(seed=ask.seed),
        max_tokens=ask.max_out_len,
        temperature=ask.temperature,
        seed=ask.seed,
        samples=ask.samples,
        limit=tasks.limit,
        circular=tasks.circular,
    )


def _check(engine: EngineOptions, models: ModelOptions) -> None:
    """Refuse options that cannot work, before files are read and prompts are made."""
    if engine.debug:
        if engine.copies > 1 or engine.ray:
            raise typer.BadParameter("expected one process with --debug; leave out --num-gpus and --ray")
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
        logging.getLogger("alembic").setLevel(logging.WARNING)  # a new store would be fifty lines before the first step
    if models.runs_foreign_code:
        typer.echo("evenhand: the code in the folder of the model may run, as trust_remote_code asks", err=True)
    if models.device not in ("auto", "cpu"):
        with local_libraries():
            from objective.engine.loading import model as loading
            from objective.engine.workers import worker

        loading.check_device(models.device)
        if not engine.ray:
            worker.assign_devices(models.device, engine.copies)
    if models.peft_path is not None:
        with local_libraries():
            from objective.engine.loading import model as loading

        loading.check_adapter(models.peft_path)


def _check_against(database: "Database", against: str | None, names: "Collection[str]") -> None:
    """Refuse a comparison with a model that has no run and is not evaluated now."""
    from storage.evaluations.runs import latest_run

    if against is not None and against not in names:
        with database.reading() as session:
            latest_run(session, against)


def _run(
    database: "Database",
    evaluation: "Evaluation",
    model: "EvaluatedModel",
    models: "EvaluatedModels",
    stage: str,
) -> int:
    """Do one stage of an evaluation, and return the number of its run."""
    from app.models.claiming import claimed
    from objective.evaluation.run import evaluate as run_tasks
    from objective.evaluation.run import rescore, scored_run

    if stage == "table":
        return scored_run(database, evaluation)
    if stage == "score":
        return rescore(database, evaluation, now=clock)
    task = ["evaluate", evaluation.digest]
    with (
        claimed(database, task, make_holder(), clock=clock),
        ExitStack() as stack,
        progress(f"Evaluating {evaluation.model}") as update,
    ):
        make, voice = models.backend(database, model, evaluation, stack)
        grader = evaluation.grader and replace(
            evaluation.grader,
            report=lambda done, total: update(done, total, f"{done:,} of {total:,} answers marked"),
        )
        return run_tasks(
            database,
            replace(evaluation, grader=grader),
            make,
            voice,
            now=clock,
            report=lambda done, total: update(done, total, f"{done:,} of {total:,} items"),
        )
