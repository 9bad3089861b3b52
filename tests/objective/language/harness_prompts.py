"""Renders prompts with the task files of the evaluation harness: `python -m … FOLDER` writes the golden files.

FOLDER holds the unpacked wheel `lm_eval==0.4.13` (`pip download --no-deps lm_eval==0.4.13`). Only its task files and
their functions are used, on our own rows. `harness_prompts.json` holds the prompts, and `harness_digests.json` a digest
of each task file with all that it includes, and of what it made of our rows.

The tests compare the prompts that are asked here, and the recorded ones, with the digests of prompts. Nothing in CI has
the wheel, so only a run by hand with `--check` compares the digests of task files: nothing is written, and the exit
code says whether the wheel still gives all that is recorded.
"""

import ast
import hashlib
import importlib.util
import json
import re
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from tests.objective.language.own_data import HUB

GOLDEN = Path(__file__).parent / "harness_prompts.json"
DIGESTS = Path(__file__).parent / "harness_digests.json"
VERSION = "0.4.13"
_TASK_FILES = {
    "hellaswag": "hellaswag/hellaswag.yaml",
    "winogrande": "winogrande/default.yaml",
    "piqa": "piqa/piqa.yaml",
    "siqa": "siqa/siqa.yaml",
    "openbookqa": "openbookqa/openbookqa.yaml",
    "truthfulqa-mc1": "truthfulqa/truthfulqa_mc1.yaml",
    "truthfulqa-mc2": "truthfulqa/truthfulqa_mc2.yaml",
    "boolq": "super_glue/boolq/default.yaml",
    "cb": "super_glue/cb/default.yaml",
    "copa": "super_glue/copa/default.yaml",
    "wsc": "super_glue/wsc/default.yaml",
    "rte": "super_glue/rte/default.yaml",
    "wic": "super_glue/wic/default.yaml",
    "multirc": "super_glue/multirc/default.yaml",
    "race-high": "race/race.yaml",
    "lambada": "lambada/lambada_openai.yaml",
    "triviaqa": "triviaqa/default.yaml",
    "nq": "nq_open/nq_open.yaml",
    "wmt14-en-fr": "translation/wmt14_en-fr.yaml",
    "wmt14-fr-en": "translation/wmt14_fr-en.yaml",
    "wmt16-de-en": "translation/wmt16_de-en.yaml",
    "wmt16-en-de": "translation/wmt16_en-de.yaml",
    "wmt16-en-ro": "translation/wmt16_en-ro.yaml",
    "wmt16-ro-en": "translation/wmt16_ro-en.yaml",
}
"""Task files by our name of the task."""
_NAMED_ONLY = ("datasets", "rouge_score", "rouge_score.rouge_scorer", "rouge_score.scoring")
"""Libraries of which the functions only name types."""


def own_rows(task: str) -> list[Mapping[str, Any]]:
    """The rows of a task in the layout of the data hub."""
    year, *languages = task.split("-")
    family = "wmt" if year.startswith("wmt") else year
    files = HUB[family]
    if family != "wmt":
        return [row for rows in files.values() for row in rows]
    other = next(language for language in languages if language != "en")
    return list(files[f"{year}/{other}-en/test.jsonl"])


def render_all(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """For each task and row, what stands before the model's answer, and the continuations that are compared."""
    return {
        task: _render_task(folder / "lm_eval" / "tasks" / file, own_rows(task)) for task, file in _TASK_FILES.items()
    }


def record(folder: Path) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """The prompts, and the digests of the task files and of the prompts."""
    prompts = render_all(folder)
    files = {file: digest_of_file(folder / "lm_eval" / "tasks" / file) for file in _TASK_FILES.values()}
    rendered = {task: digest_of(rows) for task, rows in prompts.items()}
    return prompts, {"lm_eval": VERSION, "task_files": files, "prompts": rendered}


def digest_of(rendered: Any) -> str:
    """SHA-256 of what a task file makes of all rows."""
    return hashlib.sha256(json.dumps(rendered, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a task file with the files that it includes, and with the functions beside it."""
    text = path.read_text(encoding="utf-8")
    included = re.search(r"^include: *(\S+)", text, re.MULTILINE)
    parts = [text, *(one.read_text(encoding="utf-8") for one in sorted(path.parent.glob("*.py")))]
    found = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return found if included is None else digest_of([found, digest_of_file(path.parent / included[1])])


def _render_task(path: Path, rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    config = _read_config(path)
    if "process_docs" in config:
        rows = config["process_docs"](_Rows(rows))
    return [_render_row(config, row) for row in rows]


def _render_row(config: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    asked, target = _value(config["doc_to_text"], row), _value(config["doc_to_target"], row)
    described = config.get("description", "")
    delimiter = config.get("target_delimiter", " ")
    kind = config["output_type"]
    if kind == "multiple_choice":
        choices = _value(config["doc_to_choice"], row)
        if isinstance(choices, str):
            choices = ast.literal_eval(choices)
        if isinstance(asked, int):  # the choices stand before one continuation
            return {
                "contexts": [described + one for one in choices],
                "options": [f"{delimiter}{target}"] * len(choices),
            }
        return {"context": described + asked, "options": [f"{delimiter}{one}" for one in choices]}
    if kind == "loglikelihood":
        return {"context": described + asked, "options": [target]}
    return {"context": described + asked}


def _value(rule: Any, row: Mapping[str, Any]) -> Any:
    if callable(rule):
        return rule(row)
    if isinstance(rule, str):
        if rule in row:
            return row[rule]
        return jinja2.Environment(keep_trailing_newline=True).from_string(rule).render(**row)
    return rule


class _Rows(list[Any]):
    """Rows with the one method of a data set that the task files call."""

    def map(self, function: Callable[[Any], Any]) -> list[Any]:
        return [{**row, **function(row)} for row in self]


def _read_config(path: Path) -> dict[str, Any]:
    """A task file with the files that it includes; `!function file.name` stands for the function of that file."""
    loader: Any = type("Loader", (yaml.SafeLoader,), {})
    loader.add_constructor("!function", lambda _, node: _function(path.parent, str(node.value)))
    config: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    if "include" in config:
        return _read_config(path.parent / config["include"]) | config
    return config


def _function(folder: Path, name: str) -> Any:
    module, _, attribute = name.partition(".")
    spec = importlib.util.spec_from_file_location(f"harness_{folder.name}_{module}", folder / f"{module}.py")
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    before = {name: sys.modules.get(name) for name in _NAMED_ONLY}
    sys.modules.update({name: _Stub(name) for name in _NAMED_ONLY})
    try:
        spec.loader.exec_module(loaded)
    finally:
        for absent, one in before.items():
            del sys.modules[absent]
            sys.modules.update({absent: one} if one is not None else {})
    return getattr(loaded, attribute)


class _Stub(types.ModuleType):
    """A library that task files import only to name its types."""

    def __getattr__(self, name: str) -> Any:
        return object


def main() -> None:
    """Write the golden files, or compare them with the wheel."""
    folder, is_checked = Path(sys.argv[1]), "--check" in sys.argv
    sys.path.insert(0, str(folder))  # functions beside task files import the harness
    made = dict(zip((GOLDEN, DIGESTS), record(folder), strict=True))
    for path, content in made.items():
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        if is_checked and path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.name} is not what the wheel of {VERSION} gives; render it again")
        if not is_checked:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
