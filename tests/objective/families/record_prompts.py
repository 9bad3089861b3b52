"""Records the prompts that the evaluation harness makes of our own rows.

`python -m tests.objective.families.record_prompts FOLDER DATA`: FOLDER holds the unpacked wheel `lm_eval==0.4.13`
(`pip download --no-deps lm_eval==0.4.13`). Its task files are filled here by Jinja, as the harness does it; none of its
code runs, except functions that turn a row into a text. DATA holds real data; of prompts with real questions only
digests are recorded.
"""

import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import yaml

from objective.tasks.data_folder import DataFolder
from objective.tasks.long_context import longbench
from objective.tasks.published_files import read_content
from objective.tasks.reasoning import mgsm
from tests.objective.families import own_rows

RECORDED = Path(__file__).parent / "recorded_prompts.json"
VERSION = "0.4.13"
_Text = Callable[[dict[str, Any]], str]


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads task files, with functions as their names."""


_Loader.add_constructor("!function", lambda loader, node: f"!{loader.construct_scalar(node)}")


def read_task(path: Path) -> dict[str, Any]:
    """A task file with what it includes."""
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    included = found.pop("include", None)
    return {**(read_task(path.parent / included) if included else {}), **found}


def _utils(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("utils", folder / "utils.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(value: str, folder: Path) -> _Text:
    """The function from a row to a text that a field stands for: a function, a column, or a template."""
    if value.startswith("!"):
        made: _Text = getattr(_utils(folder), value.rpartition(".")[2])
        return made
    template = jinja2.Environment(keep_trailing_newline=True, autoescape=False).from_string(value)
    return lambda row: str(row[value]) if value in row else template.render(**row)


def prompt(
    path: Path,
    row: Mapping[str, Any],
    examples: Sequence[Mapping[str, Any]] = (),
    **other: Any,
) -> str:
    """The whole text before the answer, as the harness makes it; `other` are fields instead of those of the file."""
    task, folder = {**read_task(path), **other}, path.parent
    shown, few = "", task.get("fewshot_config", {})
    delimiter = task.get("target_delimiter", " ")
    for example in examples:
        question = text_of(few.get("doc_to_text", task["doc_to_text"]), folder)(dict(example))
        target = text_of(few.get("doc_to_target", task["doc_to_target"]), folder)(dict(example))
        choices = task.get("doc_to_choice")
        target = choices[int(target)] if isinstance(choices, list) and target.isdigit() else target
        shown += f"{question}{delimiter}{target}{task.get('fewshot_delimiter', chr(10) * 2)}"
    return f"{task.get('description', '')}{shown}{text_of(task['doc_to_text'], folder)(dict(row))}"


def _first(own: own_rows.OwnData, *, hub: bool = False) -> Any:
    """The first row of the first file."""
    rows = next(iter((own.hub if hub else own.files).values()))
    rows = rows.get("examples", rows) if isinstance(rows, dict) else rows
    return rows if isinstance(rows, dict) else rows[0]


def recorded(tasks: Path) -> dict[str, str]:
    """The prompt of the first question of each own file, by task and mode."""
    sky, pro = list(own_rows.MMLU.hub.values()), list(own_rows.MMLU_PRO.files.values())
    gpqa = {**_first(own_rows.GPQA), **{f"choice{place}": text for place, text in enumerate(own_rows.GPQA_ORDER, 1)}}
    stem = _first(own_rows.ARC)["question"]["stem"]
    words = {"description": own_rows.COT_INSTRUCTION + "\n\n"}
    found = {
        "mmlu-astronomy ppl": prompt(tasks / "mmlu/default/mmlu_astronomy.yaml", sky[0][0], sky[1]),
        "mmlu-pro-computer_science gen": prompt(tasks / "mmlu_pro/mmlu_pro_computer_science.yaml", pro[0][0], pro[1]),
        "gpqa-diamond gen": prompt(tasks / "gpqa/cot_zeroshot/_gpqa_cot_zeroshot_yaml", gpqa),
        "gpqa-diamond ppl": prompt(tasks / "gpqa/zeroshot/_gpqa_zeroshot_yaml", gpqa),
        "zero-shot-ceval-logic ppl": prompt(tasks / "ceval/ceval-valid_logic.yaml", _first(own_rows.CEVAL_ZERO_SHOT)),
        "bbh-disambiguation_qa gen": prompt(
            tasks / "bbh/cot_fewshot/disambiguation_qa.yaml", _first(own_rows.BBH), own_rows.COT_EXAMPLES, **words
        ),
        "math-algebra gen": prompt(tasks / "hendrycks_math/hendrycks_math_algebra.yaml", _first(own_rows.MATH)),
        "arc-challenge ppl": prompt(tasks / "arc/arc_easy.yaml", {"question": stem}),
        "asdiv gen": prompt(tasks / "asdiv/default.yaml", _first(own_rows.ASDIV, hub=True)),
        "aime-2024 gen": prompt(tasks / "aime/aime24.yaml", _first(own_rows.AIME)),
    }
    for language in mgsm.LANGUAGES:
        row = {"question": own_rows.MGSM_QUESTION, "answer": None, "answer_number": 7}
        found[f"mgsm-{language} gen"] = prompt(tasks / f"mgsm/native_cot/mgsm_native_cot_{language}.yaml", row)
    for name in longbench.DATA_SETS:
        row = {"context": own_rows.LONG_CONTEXT, "input": own_rows.LONG_QUESTION, "question": own_rows.LONG_QUESTION}
        found[f"longbench-{name} gen"] = prompt(tasks / f"longbench/{name}.yaml", row)
    return found


def digests(tasks: Path, data: Path) -> dict[str, str]:
    """SHA-256 of the prompts of real questions, with the real examples of the task file, whose text stays outside."""
    found = {}
    for name in own_rows.BBH_HERE:
        path = tasks / f"bbh/cot_fewshot/{name}.yaml"
        folder = DataFolder(data / "bbh_5_tasks")
        (row, *_), examples = (
            read_content(f"{name}.json", folder.content(f"{name}.json")),
            read_task(path)["fewshot_config"],
        )
        found[f"bbh-{name}"] = hashlib.sha256(prompt(path, row, examples["samples"]).encode()).hexdigest()
    return found


if __name__ == "__main__":
    wheel = Path(sys.argv[1]) / "lm_eval" / "tasks"
    made = {"lm_eval": VERSION, "prompts": recorded(wheel), "digests": digests(wheel, Path(sys.argv[2]))}
    RECORDED.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
