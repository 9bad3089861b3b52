"""MATH: competition problems in English in seven subjects, answered in LaTeX in a box; and the subset MATH-500.

The authors' files (one JSON file a problem) and the files of the data hub are read. The answer is what the published
solution puts into its last box.
"""

from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.scoring.extraction import boxed_content
from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.published_files import HubSource, cell, open_published
from objective.tasks.published_prompts.templates import published_template

FOLDERS = ("MATH", "math", "hendrycks_math", "competition_math", "math500", "MATH-500")
SUBJECTS = (
    "algebra", "counting_and_probability", "geometry", "intermediate_algebra", "number_theory", "prealgebra",
    "precalculus",
)  # fmt: skip
_PREFIX = "math-"
_SUBSET = "math-500"


def _item(key: str, row: dict[str, Any], title: str) -> Item:
    solution = str(row.get("solution") or "")
    answer = row.get("answer") or boxed_content(solution)
    if answer is None:
        if "solution" not in row:
            cell(row, "solution", "answer", key=key, title=title)
        raise TaskProblem(
            f"expected a solution with its answer in \\boxed{{}} in row {key} of {title}, got {solution[-40:]!r}",
            Cause(CauseCode.no_reference, name=key),
        )
    return Item(
        key=str(row.get("unique_id") or key),
        question=str(cell(row, "problem", key=key, title=title)),
        gold=(str(answer).strip(),),
        kind="math",
        worked=solution,
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one subject, such as `math-geometry`, or the subset `math-500`.

    Raises:
        NotFound: the data folder has no problems of this subject.
        BadInput: a row lacks its problem or its answer.
    """
    subject = name.removeprefix(_PREFIX)
    files: dict[str, tuple[str, ...]] = {"test": ("test",)}
    hub = HubSource("HuggingFaceH4/MATH-500")
    if name != _SUBSET:
        hub = HubSource("EleutherAI/hendrycks_math", subject)
        files = {
            split: (f"{split}/{subject}/*.json", f"{subject}/{split}-*.parquet", f"{subject}/{split}")
            for split in ("test", "train")
        }
    data = open_published(data_dir, folders=FOLDERS, files=files, title=name, hub=hub)
    items = tuple(_item(str(number), row, name) for number, row in enumerate(data.rows("test")))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": published_template("lm_eval", "math")},
        source=data.digest,
        max_tokens=1024,
        scorer="boxed_math",
    )


FAMILY = Family(
    name="math",
    title="competition mathematics in English",
    source="https://github.com/hendrycks/math",
    licence="MIT",
    tasks=(*(f"{_PREFIX}{subject}" for subject in SUBJECTS), _SUBSET),
    load=load,
    modes=("gen",),
    groups=(TaskGroup("math", tuple(f"{_PREFIX}{subject}" for subject in SUBJECTS)),),
    folders=FOLDERS,
    languages=("en",),
    abilities=("reasoning",),
    splits="test",
    verified="prompts of lm-eval 0.4.13 (hendrycks_math), byte for byte",
)
