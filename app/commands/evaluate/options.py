"""Options of `evenhand evaluate`, under the names that users of other harnesses know."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from app.commands.local_options import LocalModelOptions
from storage.errors import BadInput

if TYPE_CHECKING:
    from objective.catalog import TaskSelection
    from objective.engine.settings import RunSettings
    from objective.prompting.prompts import PromptSettings


@dataclass(frozen=True)
class ModelOptions(LocalModelOptions):
    """How models are called, spoken to and loaded.

    Attributes:
        name: of the column.
        kind: base or chat.
    """

    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the model is called.", show_default="its folder")
    ] = None
    kind: Annotated[
        Literal["base", "chat"],
        typer.Option("--kind", "--hf-type", help="Plain continuation, or the tokenizer's chat template."),
    ] = "base"


@dataclass(frozen=True)
class TaskOptions:
    """Which tasks are asked.

    Attributes:
        tasks: names, patterns, or Python files.
        data: files of own data.
        data_dir: of published files.
        mode: generation or likelihood.
        limit: only the first items.
    """

    tasks: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME,…", help="Tasks, families, patterns, or .py files; see `evenhand list tasks`."),
    ] = None
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Your own JSONL or CSV with question, answer, and A, B, … or none."),
    ] = None
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Where the published files lie.")] = Path("data")
    mode: Annotated[
        str | None,
        typer.Option(metavar="gen|ppl", help="Generate, or compare options.", show_default="the task's own"),
    ] = None
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first items of each task.", show_default="all")
    ] = None

    def select(self) -> "TaskSelection":
        """Read the tasks.

        Raises:
            NotFound: an unknown name, or no data.
            BadInput: data that does not hold what it must.
        """
        from objective.catalog import parse_mode, select_tasks

        names = [name.strip() for text in self.tasks or () for name in text.split(",") if name.strip()]
        return select_tasks(names, data_dir=self.data_dir, mode=parse_mode(self.mode), files=self.data or ())


@dataclass(frozen=True)
class AskOptions:
    """How items are asked.

    Attributes:
        shots: which examples.
        shots_as: their form in a chat.
        system: the system text.
        instruction: in place of each task's own.
        max_out_len: tokens of an answer.
        temperature: of sampling.
        samples: answers to each item.
        seed: of sampling and drawing.
        per_model: a file of such options for single models.
    """

    shots: Annotated[
        str | None,
        typer.Option(
            metavar="N|random:N|fixed:I,…", help="Examples before a question.", show_default="each task's own"
        ),
    ] = None
    shots_as: Annotated[
        Literal["turns", "first_turn"], typer.Option(help="In a chat, examples as turns or inside the first.")
    ] = "turns"
    system: Annotated[str, typer.Option(metavar="TEXT", help="System text.", show_default="none")] = ""
    instruction: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Said before the questions.", show_default="each task's own")
    ] = None
    max_out_len: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Tokens of an answer.", show_default="each task's own")
    ] = None
    temperature: Annotated[float, typer.Option(metavar="T", min=0.0, help="0 takes the likeliest token.")] = 0.0
    samples: Annotated[int, typer.Option(metavar="N", min=1, help="Answers to each item; needs a temperature.")] = 1
    seed: Annotated[int, typer.Option(metavar="N", help="Of sampling, of random examples and of intervals.")] = 0

    per_model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='JSON of {"model": {"kind": "chat", "shots": 3}}, over these options.',
            show_default="none",
        ),
    ] = None

    def prompts(self, *, chat: bool) -> "PromptSettings":
        """How items become prompts."""
        from objective.prompting.prompts import PromptSettings
        from objective.prompting.shots import parse_shots

        shots = None if self.shots is None else parse_shots(self.shots, seed=self.seed)
        return PromptSettings(
            chat=chat, system=self.system, instruction=self.instruction, shots=shots, shots_as=self.shots_as
        )


@dataclass(frozen=True)
class EngineOptions:
    """How the engine works.

    Attributes:
        batch_size: texts side by side.
        num_gpus: copies of the model.
        ray: whether they are Ray's.
        debug: whether the engine tells what it does.
        continuous_batching: whether transformers writes in its own batches.
    """

    batch_size: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Texts side by side.", show_default="planned from the device")
    ] = None
    num_gpus: Annotated[
        int, typer.Option(metavar="N", min=1, help="Copies of the model, one GPU each, or processes without GPUs.")
    ] = 1
    ray: Annotated[bool, typer.Option("--ray", help="Run the copies with Ray, on a cluster if it finds one.")] = False
    continuous_batching: Annotated[
        bool, typer.Option("--continuous-batching", help="Let transformers write in batches of its own.")
    ] = False
    debug: Annotated[bool, typer.Option("--debug", help="One process, which says on standard error what it does.")] = (
        False
    )

    @property
    def settings(self) -> "RunSettings":
        """As the engine takes it."""
        from objective.engine.settings import RunSettings

        return RunSettings(rows=self.batch_size, continuous=self.continuous_batching)


@dataclass(frozen=True)
class StepOptions:
    """Which steps are done, and where their results go.

    Attributes:
        stage: all, or only what needs no model.
        reuse: whether stored outputs are taken.
        dry_run: whether only the plan is shown.
        against: a model to compare with.
        out: folder of summaries.
    """

    stage: Annotated[
        Literal["all", "score", "table"],
        typer.Option(help="all; or without the model: score what is stored anew, or print its table."),
    ] = "all"
    reuse: Annotated[bool, typer.Option("--reuse/--no-reuse", help="Take stored outputs of equal questions.")] = True
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be asked, and load no model.")] = False
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Compare with this model's latest run, item by item.", show_default="none"),
    ] = None
    out: Annotated[Path, typer.Option(metavar="DIR", help="Gets a dated folder with the table.")] = Path("evaluations")


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "kind": str,
    "shots": (str, int),
    "shots_as": str,
    "system": str,
    "instruction": str,
    "max_out_len": int,
    "temperature": (int, float),
}
_WORDS = {"kind": ("base", "chat"), "shots_as": ("turns", "first_turn")}


@dataclass(frozen=True)
class PerModel:
    """Options of single models by their names, over those of the command line."""

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None, models: list[str]) -> "PerModel":
        """From a JSON file of {"model name": {"kind": "chat", "shots": 3, "system": "…"}}.

        Raises:
            BadInput: it is something else, or names a model that is not evaluated.
        """
        if path is None:
            return cls()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadInput(f"expected a JSON object of options by model in {str(path)!r}; check the file") from None
        if not isinstance(found, dict) or not all(isinstance(own, dict) for own in found.values()):
            raise BadInput(f'{path.name}: expected {{"model name": {{"kind": "chat"}}}}, got another shape')
        unknown = sorted(set(found) - set(models))
        if unknown:
            raise BadInput(f"{path.name}: expected models among {', '.join(models)}, got {unknown[0]!r}; rename it")
        for model, own in found.items():
            _check(path, model, own)
        return cls(found)

    def own(self, name: str, ask: AskOptions, models: ModelOptions) -> tuple[AskOptions, ModelOptions]:
        """The options of one model."""
        own = dict(self.options.get(name, {}))
        if "shots" in own:
            own["shots"] = str(own["shots"])
        asked = {one.name for one in fields(AskOptions)}
        return (
            replace(ask, **{key: value for key, value in own.items() if key in asked}),
            replace(models, **{key: value for key, value in own.items() if key not in asked}),
        )


def _check(path: Path, model: str, own: Mapping[str, Any]) -> None:
    for key, value in own.items():
        if key not in _TYPES:
            raise BadInput(f"{path.name}: expected options among {', '.join(_TYPES)} for {model!r}, got {key!r}")
        if isinstance(value, bool) or not isinstance(value, _TYPES[key]):
            raise BadInput(f"{path.name}: expected another kind of value for {key} of {model!r}, got {value!r}")
        if key in _WORDS and value not in _WORDS[key]:
            raise BadInput(f"{path.name}: expected {' or '.join(_WORDS[key])} for {key} of {model!r}, got {value!r}")
