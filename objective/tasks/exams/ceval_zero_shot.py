"""C-Eval without examples: the 52 subjects of `ceval` with the prompt of the evaluation harness, scored on `val`."""

from dataclasses import replace
from pathlib import Path

from objective.task import Family, Mode, Task, TaskGroup
from objective.tasks import ceval
from objective.tasks.published_prompts.templates import published_template

_PREFIX = "zero-shot-"


def _renamed(name: str) -> str:
    """The name of a task or group of `ceval`, with this family's prefix."""
    return f"{_PREFIX}{name}"


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one subject, such as `zero-shot-ceval-logic`.

    Raises:
        NotFound: the data folder has no files for this subject.
        BadInput: a file lacks a column, or a row lacks its answer.
    """
    task = ceval.load(name.removeprefix(_PREFIX), data_dir, mode)
    items = tuple(replace(item, question=item.question.strip()) for item in task.items)
    return replace(
        task,
        name=name,
        items=items,
        templates={"": published_template("lm_eval", "ceval-zero-shot")},
        shots=0,
        recipe="",
    )


FAMILY = Family(
    name="zero-shot-ceval",
    title="Chinese exams in 52 subjects, without examples",
    source=ceval.FAMILY.source,
    licence=ceval.FAMILY.licence,
    tasks=tuple(_renamed(name) for name in ceval.FAMILY.tasks),
    load=load,
    modes=("ppl", "gen"),
    groups=tuple(
        TaskGroup(_renamed(group.name), tuple(_renamed(name) for name in group.members))
        for group in ceval.FAMILY.groups
    ),
    folders=ceval.FOLDERS,
    languages=("zh",),
    abilities=("knowledge",),
    splits="val",
    subjects={_renamed(name): f"{title}, without examples" for name, title in ceval.FAMILY.subjects.items()},
    verified="prompts of lm-eval 0.4.13 (ceval-valid), byte for byte",
)
