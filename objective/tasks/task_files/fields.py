"""Reads a task file with the files that it includes, and names the fields that cannot be followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from storage.errors import BadInput

OUTPUT_TYPES = ("multiple_choice", "generate_until", "loglikelihood")
_TEXTS = ("doc_to_text", "doc_to_target", "doc_to_choice", "description", "gen_prefix")
_REFUSED = (
    "process_docs", "process_results", "custom_dataset", "class", "doc_to_image", "doc_to_audio", "use_prompt",
)  # fmt: skip
"""Fields that change what is asked or how it is scored, and whose meaning is in Python code or pictures."""
FILTERS = ("regex", "take_first", "remove_whitespace", "lowercase", "uppercase", "map")
GENERATED_METRICS = ("exact_match", "bleu", "chrf", "ter")
CHOICE_METRICS = ("acc", "acc_norm", "acc_bytes")
LIKELIHOOD_METRICS = ("acc", "perplexity")
_MAX_INCLUDES = 10


@dataclass(frozen=True)
class CodeReference:
    """A `!function` of a task file, which is Python code and never run.

    Attributes:
        name: module and function.
    """

    name: str

    def __str__(self) -> str:
        return f"!function {self.name}"


@dataclass(frozen=True)
class TaskFile:
    """One task as its file and the included files define it.

    Attributes:
        name: name of the task.
        folder: folder of its file, from which relative paths start.
        values: fields by name.
        refused: fields that cannot be followed, each with the reason; empty if the task can be asked.
        left_out: parts of the scoring that are left out, such as metrics that are not known.
    """

    name: str
    folder: Path
    values: Mapping[str, Any]
    refused: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def output_type(self) -> str:
        """What the model is asked for."""
        return str(self.values.get("output_type") or "generate_until")

    def text(self, name: str, default: str) -> str:
        """A field with a text."""
        value = self.values.get(name)
        return default if value is None else str(value)


@dataclass(frozen=True)
class GroupFile:
    """A group of tasks.

    Attributes:
        name: name of the group.
        folder: folder of its file.
        members: names of tasks and groups, or whole definitions.
    """

    name: str
    folder: Path
    members: tuple[Any, ...] = field(default=())


class _TaskFileLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads plain values; code is kept as a reference."""


_TaskFileLoader.add_constructor("!function", lambda loader, node: CodeReference(str(node.value)))


def read_values(path: Path, depth: int = 0) -> dict[str, Any]:
    """The fields of a file over those of the files that it includes.

    Raises:
        BadInput: a file does not exist or is no YAML with fields, or files include each other.
    """
    if depth > _MAX_INCLUDES:
        raise BadInput(f"expected files that end somewhere, but {str(path)!r} includes itself; remove the circle")
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=_TaskFileLoader)  # noqa: S506  a safe loader with one tag
    except FileNotFoundError:
        raise BadInput(f"expected a task file, found none at {str(path)!r}; check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"expected YAML in {str(path)!r}, but {' '.join(str(error).split())[:200]}") from error
    if not isinstance(found, dict):
        raise BadInput(f"expected fields such as task and doc_to_text in {str(path)!r}, got {str(found)[:80]!r}")
    included = found.pop("include", None) or []
    values: dict[str, Any] = {}
    for name in [included] if isinstance(included, str) else included:
        values |= read_values(path.parent / str(name), depth + 1)
    return values | found


def read_file(path: Path) -> TaskFile | GroupFile:
    """The task or group that a file defines.

    Raises:
        BadInput: as `read_values`, or the file has neither a task nor a group.
    """
    return as_definition(read_values(path), path.parent, path.stem)


def as_definition(values: Mapping[str, Any], folder: Path, stem: str) -> TaskFile | GroupFile:
    """The task or group that some fields define.

    Raises:
        BadInput: they have neither the fields of a task nor those of a group.
    """
    members = values.get("task")
    if values.get("group") is not None or isinstance(members, list):
        listed = members if isinstance(members, list) else [members] if members else []
        return GroupFile(str(values.get("group") or stem), folder, tuple(listed))
    if "doc_to_text" not in values and "class" not in values and "process_docs" not in values:
        raise BadInput(f"expected doc_to_text in the task {stem!r}, got {', '.join(values) or 'no field'}")
    return TaskFile(str(members or stem), folder, values, _refused(values), _left_out(values))


def _refused(values: Mapping[str, Any]) -> tuple[str, ...]:
    found = [f"{name} ({values[name]})" for name in _REFUSED if values.get(name) is not None]
    found += [f"{name} ({values[name]})" for name in _TEXTS if isinstance(values.get(name), CodeReference)]
    kind = str(values.get("output_type") or "generate_until")
    if kind not in OUTPUT_TYPES:
        found.append(f"output_type {kind}")
    if values.get("unsafe_code"):
        found.append("unsafe_code")
    shots = values.get("fewshot_config") or {}
    found += [f"fewshot_config.{name} ({value})" for name, value in shots.items() if isinstance(value, CodeReference)]
    if not found and kind == "generate_until" and not usable_filters(values):
        found.append("filter_list with none of the known filters")
    if not found and not usable_metrics(values):
        found.append(f"metric_list ({', '.join(_metric_names(values)) or 'none'})")
    return tuple(found)


def _left_out(values: Mapping[str, Any]) -> tuple[str, ...]:
    known = {metric["metric"] for metric in usable_metrics(values)}
    found = [f"metric {name}" for name in _metric_names(values) if name not in known]
    kept = [one["name"] for one in usable_filters(values)]
    found += [f"filter {one.get('name')}" for one in values.get("filter_list") or [] if one.get("name") not in kept]
    settings = values.get("generation_kwargs") or {}
    ignored = ("top_p", "top_k", "num_beams", "temperature")
    found += [
        f"generation_kwargs.{name} {settings[name]}" for name in ignored if settings.get(name) not in (None, 0, 1)
    ]
    return tuple(found)


def usable_metrics(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The metrics of a task that are known here, each with its arguments."""
    kind = str(values.get("output_type") or "generate_until")
    known = {"multiple_choice": CHOICE_METRICS, "loglikelihood": LIKELIHOOD_METRICS}.get(kind, GENERATED_METRICS)
    default = "exact_match" if kind == "generate_until" else "acc"
    listed = values.get("metric_list") or [{"metric": default}]
    ours = ("aggregation", "higher_is_better", "hf_evaluate")
    return [
        {name: value for name, value in metric.items() if name not in ours}
        for metric in listed
        if metric.get("metric") in known and not any(isinstance(value, CodeReference) for value in metric.values())
    ]


def usable_filters(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The named chains of filters all of whose steps are known here; one empty chain if the task has no filters."""
    listed = values.get("filter_list")
    if not listed:
        return [{"name": "", "filter": []}]
    return [
        {"name": str(chain.get("name") or ""), "filter": chain["filter"]}
        for chain in listed
        if isinstance(chain, dict) and all(step.get("function") in FILTERS for step in chain.get("filter") or ())
    ]


def _metric_names(values: Mapping[str, Any]) -> list[str]:
    return [str(metric.get("metric")) for metric in values.get("metric_list") or []]


@cache
def definitions_below(folder: Path) -> Mapping[str, Path]:
    """The files of a folder and of those below it, by the name of the task or group that each defines."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            values = read_values(path)
        except BadInput:
            continue
        name = values.get("group") or values.get("task")
        if isinstance(name, str):
            found.setdefault(name, path)
    return found
