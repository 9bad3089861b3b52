"""Options of `evenhand evaluate`, under the names that users of other harnesses know."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from app.commands.options.grader import GraderOptions
from app.commands.options.prompts import PromptOptions, TaskDataOptions
from storage.errors import BadInput

if TYPE_CHECKING:
    from objective.catalog import TaskSelection
    from objective.engine.settings import RunSettings


Stage = Literal["all", "infer", "score", "table", "eval", "viz"]
"""Steps of an evaluation; `eval` and `viz` are other names of `score` and `table`."""


@dataclass(frozen=True)
class TaskOptions(TaskDataOptions):
    """Which tasks and items are asked.

    Attributes:
        tasks: names of tasks or families, patterns, Python files, or task files of lm-evaluation-harness.
        data: JSONL, CSV, TSV or Parquet files that become tasks.
        groups: TOML file with groups of tasks.
        limit: maximum items per task, from the first on.
        circular: whether questions are asked in every rotation of their options.
        allow_code_execution: whether programs that models write may run.
    """

    tasks: Annotated[
        list[str] | None,
        typer.Option(
            "--tasks",
            "--datasets",
            metavar="NAME,…",
            help="Tasks, families, patterns, .py files, or lm-eval .yaml files; see `evenhand list tasks`.",
        ),
    ] = None
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="JSONL, CSV, TSV or Parquet of your own, with question, answer, and options if any."
        ),
    ] = None
    groups: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML file with groups of tasks, which get both means: [[group]] with name and tasks, or weights.",
            show_default="none",
        ),
    ] = None
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N items of each task.", show_default="all")
    ] = None

    circular: Annotated[
        bool,
        typer.Option("--circular", help="Each question once for every rotation of its options; right only if all are."),
    ] = False
    allow_code_execution: Annotated[
        bool,
        typer.Option(
            "--allow-code-execution",
            help="Run the programs that models write for tasks such as humaneval, in a sandbox without network.",
        ),
    ] = False

    def select(self) -> "TaskSelection":
        """Read the tasks.

        Raises:
            NotFound: a name is unknown, or there is no data.
            BadInput: a data file lacks a required field.
        """
        from objective.catalog import parse_mode, select_tasks
        from objective.scoring.code_execution.permission import allow_programs
        from objective.tasks.own_files.groups import read_groups

        if self.allow_code_execution:
            allow_programs()
        names = [name.strip() for text in self.tasks or () for name in text.split(",") if name.strip()]
        groups = [] if self.groups is None else read_groups(self.groups)
        mode = parse_mode(self.mode)
        return select_tasks(names, data_dir=self.data_dir, mode=mode, files=self.data or (), groups=groups)


@dataclass(frozen=True)
class AskOptions(PromptOptions):
    """How items are asked.

    Attributes:
        max_out_len: maximum tokens per answer.
        temperature: sampling temperature; 0 for greedy decoding.
        samples: answers per item.
        seed: seed of sampling, of random examples and of the bootstrap.
        per_model: JSON file with these options for single models.
    """

    max_out_len: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Maximum tokens per answer.", show_default="each task's own"),
    ] = None
    temperature: Annotated[
        float, typer.Option(metavar="T", min=0.0, help="Sampling temperature; 0 for greedy decoding.")
    ] = 0.0
    samples: Annotated[
        int, typer.Option(metavar="N", min=1, help="Answers per item; more than 1 needs a temperature.")
    ] = 1
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of sampling, random examples and bootstrap intervals.")
    ] = 0

    per_model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='JSON file of options for single models, such as {"model": {"kind": "chat", "shots": 3}}.',
            show_default="none",
        ),
    ] = None


@dataclass(frozen=True)
class EngineOptions:
    """How the local engine runs.

    Attributes:
        batch_size: texts per batch.
        num_gpus: number of copies of the model; None for one.
        ray: whether the copies run on Ray.
        debug: whether the engine logs what it does.
        continuous_batching: whether transformers batches the generation.
    """

    batch_size: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Texts per batch.", show_default="planned from the device")
    ] = None
    num_gpus: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Copies of the model: one per GPU, or processes where there is none.",
            show_default="1",
        ),
    ] = None
    ray: Annotated[bool, typer.Option("--ray", help="Run the copies on Ray, on a cluster if there is one.")] = False
    continuous_batching: Annotated[
        bool, typer.Option("--continuous-batching", help="Generate by continuous batching in transformers.")
    ] = False
    debug: Annotated[bool, typer.Option("--debug", help="Run in one process and log each step to standard error.")] = (
        False
    )

    @property
    def copies(self) -> int:
        """Number of copies of the model."""
        return self.num_gpus or 1

    @property
    def settings(self) -> "RunSettings":
        """The settings for the engine."""
        from objective.engine.settings import RunSettings

        return RunSettings(rows=self.batch_size, continuous=self.continuous_batching)


@dataclass(frozen=True)
class StepOptions:
    """Which steps run, and where results go.

    Attributes:
        stage: all steps, or only those that need no model.
        reuse: whether stored outputs of equal prompts are reused.
        dry_run: whether only the plan is shown.
        against: model to compare the first model with.
        out: folder for the summaries.
        log_samples: whether every sample is written too.
        grading: model that marks answers beside the rules.
    """

    stage: Annotated[
        Stage,
        typer.Option(
            "--stage",
            "-m",
            help="Run all steps, all but the table (infer), only score stored outputs again (score, eval), or only "
            "print the stored table (table, viz).",
        ),
    ] = "all"
    reuse: Annotated[
        bool,
        typer.Option("--reuse/--no-reuse", "-r", help="Reuse stored outputs of the same model for equal prompts."),
    ] = True
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be asked; load and ask nothing.")] = False
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Compare the first model with this one's latest run, item by item.",
            show_default="none",
        ),
    ] = None
    out: Annotated[
        Path,
        typer.Option(
            "--out", "--work-dir", "-w", metavar="DIR", help="Output directory; a timestamped folder is created in it."
        ),
    ] = Path("evaluations")
    log_samples: Annotated[
        bool,
        typer.Option(
            "--log-samples",
            "--log_samples",
            "-s",
            help="Write every sample beside the summary: as lm-eval logs them, and as a page to browse.",
        ),
    ] = False
    grading: GraderOptions = field(default_factory=GraderOptions)


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "kind": str,
    "shots": (str, int),
    "shots_as": str,
    "system": str,
    "instruction": str,
    "max_out_len": int,
    "temperature": (int, float),
}
_CHOICES = {"kind": ("base", "chat"), "shots_as": ("turns", "first_turn")}


@dataclass(frozen=True)
class PerModel:
    """Options for single models, which override those of the command line.

    Attributes:
        options: names of options with their values, by name of the model.
    """

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None, models: list[str]) -> "PerModel":
        """Read a JSON file of {"model name": {"kind": "chat", "shots": 3, "system": "…"}}.

        Args:
            path: the file; None for no options.
            models: names of the models that are evaluated.

        Raises:
            BadInput: the file has another form, or names a model that is not evaluated.
        """
        if path is None:
            return cls()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadInput(f"expected a JSON object of options by model in {str(path)!r}; check the file") from None
        if not isinstance(found, dict) or not all(isinstance(own, dict) for own in found.values()):
            raise BadInput(f'{path.name}: expected {{"model name": {{"kind": "chat"}}}}, got another structure')
        unknown = sorted(set(found) - set(models))
        if unknown:
            raise BadInput(f"{path.name}: expected models among {', '.join(models)}, got {unknown[0]!r}; rename it")
        for model, own in found.items():
            _check(path, model, own)
        return cls(found)

    def own(self, name: str, ask: AskOptions) -> AskOptions:
        """The options of one model."""
        own = dict(self.options.get(name, {}))
        if "shots" in own:
            own["shots"] = str(own["shots"])
        return replace(ask, **own)


def _check(path: Path, model: str, own: Mapping[str, Any]) -> None:
    for key, value in own.items():
        if key not in _TYPES:
            raise BadInput(f"{path.name}: expected options among {', '.join(_TYPES)} for {model!r}, got {key!r}")
        if isinstance(value, bool) or not isinstance(value, _TYPES[key]):
            raise BadInput(f"{path.name}: expected another type of value for {key} of {model!r}, got {value!r}")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise BadInput(f"{path.name}: expected {' or '.join(_CHOICES[key])} for {key} of {model!r}, got {value!r}")
