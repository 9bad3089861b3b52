"""`evenhand evaluate`: tasks with fixed answers on local models, from prompts to a summary table."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.endpoint_options import EndpointOptions, PaceOptions
from app.commands.evaluate.endpoint import AtEndpoint, check_endpoint, is_at_endpoint
from app.commands.evaluate.options import AskOptions, EngineOptions, ModelOptions, PerModel, StepOptions, TaskOptions
from app.commands.evaluate.output import show_comparison, show_plan, show_summary, tell_unready
from app.commands.options import StoreOptions, TableOptions, grouped
from app.commands.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from objective.catalog import TaskSelection
    from objective.engine.settings import ModelSettings
    from objective.evaluation.plan import EvaluationSettings, PromptContext
    from objective.evaluation.run import Evaluation
    from objective.request import Backend
    from storage.database.engine import Database


@dataclass(frozen=True)
class _Runs:
    """How models are run: here or there, and which stages."""

    engine: EngineOptions
    there: AtEndpoint
    stage: str


@grouped
def evaluate(
    *,
    hf_path: Annotated[
        list[str],
        typer.Option("--hf-path", "--model", metavar="DIR", help="Folder, hub name or endpoint:NAME; repeat it."),
    ],
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
    """Evaluate models on tasks with fixed answers; a run that was stopped goes on when it is started again."""
    from objective.evaluation.run import summarize_runs

    selected = tasks.select()
    tell_unready(selected)
    if steps.dry_run:
        show_plan(selected, _settings(ask, models, tasks), as_json=table.json)
        raise typer.Exit(code=1 if selected.unready else 0)
    _check(engine, models)
    check_endpoint(hf_path, models.kind, selected)
    pace.check()
    there = AtEndpoint(endpoint, pace)
    named, wanted = _names(hf_path, models.name), []
    per_model = PerModel.read(ask.per_model, list(named.values()))
    for path, name in named.items():
        asked, called = per_model.own(name, ask, models)
        how = _settings(asked, called, tasks)
        wanted.append((path, called, _evaluation(path, name, called, selected, how, there)))
    with store.opened(create=True) as database:
        _check_against(database, steps.against, named)
        run_ids = [
            _run(database, replace(evaluation, reuse=steps.reuse), path, called, _Runs(engine, there, steps.stage))
            for path, called, evaluation in wanted
        ]
        summary = summarize_runs(database, run_ids, selected.groups)
        show_summary(summary, steps.out, now=datetime.now(UTC), is_json=table.json)
        if steps.against is not None:
            show_comparison(database, run_ids[0], steps.against, seed=ask.seed, is_json=table.json)
    raise typer.Exit(code=0 if summary.is_complete else 1)


def _settings(ask: AskOptions, models: ModelOptions, tasks: TaskOptions) -> "EvaluationSettings":
    from objective.evaluation.plan import EvaluationSettings

    if ask.samples > 1 and not ask.temperature:
        raise typer.BadParameter("expected a temperature above 0 for several samples; without one they are all equal")
    return EvaluationSettings(
        prompts=ask.prompts(chat=models.kind == "chat"),
        max_tokens=ask.max_out_len,
        temperature=ask.temperature,
        seed=ask.seed,
        samples=ask.samples,
        limit=tasks.limit,
    )


def _check(engine: EngineOptions, models: ModelOptions) -> None:
    """Refuse what cannot run, before files are read and prompts are made."""
    if engine.debug:
        if engine.num_gpus > 1 or engine.ray:
            raise typer.BadParameter("expected one process with --debug; leave --num-gpus and --ray out")
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    if models.device not in ("auto", "cpu"):
        with _local_libraries():
            from objective.engine.loading import model as loading
            from objective.engine.workers import worker

        loading.check_device(models.device)
        if not engine.ray:
            worker.assign_devices(models.device, engine.num_gpus)
    if models.peft_path is not None:
        with _local_libraries():
            from objective.engine.loading import model as loading

        loading.check_adapter(models.peft_path)


def _check_against(database: "Database", against: str | None, named: dict[str, str]) -> None:
    """Refuse a comparison with a model that has no run and gets none now."""
    from storage.evaluations.runs import latest_run

    if against is not None and against not in named.values():
        with database.reading() as session:
            latest_run(session, against)


def _names(paths: list[str], name: str | None) -> dict[str, str]:
    """The name of each model by its path."""
    from storage.errors import BadInput

    if name is not None and len(paths) > 1:
        raise typer.BadParameter("expected --name with one --hf-path; several models are named after their folders")
    named = {path: name or (path if is_at_endpoint(path) else Path(path).resolve().name) for path in paths}
    if len(set(named.values())) < len(named):
        raise BadInput("expected models with names of their own, got two equal ones; evaluate them with --name each")
    return named


def _evaluation(
    path: str,
    name: str,
    models: ModelOptions,
    selected: "TaskSelection",
    settings: "EvaluationSettings",
    there: AtEndpoint,
) -> "Evaluation":
    from objective.engine.loading.revision import check_folder, model_revision
    from objective.evaluation.run import Evaluation

    if is_at_endpoint(path):
        return Evaluation(name, there.revision(path), selected, settings)
    check_folder(path, models.tokenizer_path)
    folders = [_folder(path), *(_folder(other) for other in (models.tokenizer_path, models.peft_path) if other)]
    return Evaluation(name, model_revision(folders, models.how), selected, settings)


def _folder(path: str) -> Path:
    """The folder of a model; one of the hub is fetched, or found where it was fetched before."""
    from storage.errors import BadInput

    folder = Path(path).expanduser()
    if folder.is_dir() or folder.is_absolute() or path.startswith((".", "~")) or path.count("/") != 1:
        return folder
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(path))
    except Exception as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise BadInput(
            f"expected a model folder or a model on the hub, but there is no folder {path!r}, and the hub gives none "
            f"({reason}); check the path"
        ) from error


def _run(
    database: "Database",
    evaluation: "Evaluation",
    path: str,
    models: ModelOptions,
    how: "_Runs",
) -> int:
    from objective.evaluation.run import evaluate as run_tasks
    from objective.evaluation.run import rescore, scored_run

    if how.stage == "table":
        return scored_run(database, evaluation)
    if how.stage == "score":
        return rescore(database, evaluation, now=_now)
    step = f"Evaluating {evaluation.model}"
    with ExitStack() as stack, progress(step) as report:
        make, voice = _way(path, models, how, stack)
        return run_tasks(
            database,
            evaluation,
            make,
            voice,
            now=_now,
            report=lambda done, total: report(done, done, total),
        )


def _way(
    path: str, models: ModelOptions, how: "_Runs", stack: ExitStack
) -> "tuple[Callable[[], Backend], PromptContext]":
    """How to reach a model, and what prompts need to know of it."""
    from objective.evaluation.plan import PromptContext
    from objective.prompting.prompts import TranscriptTokenizer

    if is_at_endpoint(path):
        return lambda: how.there.backend(path), PromptContext(tokenizer=TranscriptTokenizer())
    settings = models.settings(str(_folder(path)))
    return lambda: _opened(settings, how.engine, stack), _voice(settings, models)


def _opened(settings: "ModelSettings", engine: EngineOptions, stack: ExitStack) -> "Backend":
    """A backend, closed with the stack.

    Raises:
        BadInput: the model cannot be loaded, or the libraries that would load it are not installed.
    """
    with _local_libraries():
        from objective.engine.backends import open_backend

    return stack.enter_context(open_backend(settings, engine.settings, workers=engine.num_gpus, on_ray=engine.ray))


def _voice(settings: "ModelSettings", models: ModelOptions) -> "PromptContext":
    """What prompts need to know of a model; its tokenizer is loaded only once they do."""
    from objective.engine.loading.revision import context_length
    from objective.evaluation.plan import PromptContext
    from objective.prompting.prompts import check_chat_template

    tokenizer = cache(lambda: load_chat_tokenizer(settings))
    is_chat = models.kind == "chat"
    if is_chat:
        check_chat_template(tokenizer())
    return PromptContext(
        tokenizer=tokenizer() if is_chat else None,
        count=lambda text: len(tokenizer().tokenize(text, add_special_tokens=True)),
        room=models.max_seq_len or context_length(Path(settings.path)),
    )


def load_chat_tokenizer(settings: "ModelSettings") -> Any:  # noqa: ANN401  transformers does not type its tokenizers
    """The tokenizer of a model, for its chat template and to count tokens.

    Raises:
        BadInput: there is none at its path, or the libraries that would load it are not installed.
    """
    with _local_libraries():
        from objective.engine.loading import model as loading

    return loading.load_tokenizer(settings)


@contextmanager
def _local_libraries() -> Iterator[None]:
    from storage.errors import BadInput

    try:
        yield
    except ModuleNotFoundError as error:
        raise BadInput(
            f"expected {error.name} for a local model, found none; install it with pip install 'evenhand[local]'"
        ) from None


def _now() -> datetime:
    return datetime.now(UTC)
