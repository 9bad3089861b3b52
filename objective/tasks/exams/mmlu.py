"""MMLU: English questions with four options in 57 subjects, scored on `test` with five examples from `dev`.

Both the authors' CSV files without a header and the files of the data hub are read.
"""

from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.published_files import HubSource, cell, open_published, option_letter
from objective.tasks.published_prompts.templates import published_template
from objective.tasks.subjects import subject_titles

FOLDERS = ("mmlu", "mmlu/data", "MMLU", "data/mmlu")
SHOTS = 5
AREAS = {
    "stem": (
        "abstract_algebra", "anatomy", "astronomy", "college_biology", "college_chemistry",
        "college_computer_science", "college_mathematics", "college_physics", "computer_security",
        "conceptual_physics", "electrical_engineering", "elementary_mathematics", "high_school_biology",
        "high_school_chemistry", "high_school_computer_science", "high_school_mathematics", "high_school_physics",
        "high_school_statistics", "machine_learning",
    ),
    "humanities": (
        "formal_logic", "high_school_european_history", "high_school_us_history", "high_school_world_history",
        "international_law", "jurisprudence", "logical_fallacies", "moral_disputes", "moral_scenarios", "philosophy",
        "prehistory", "professional_law", "world_religions",
    ),
    "social-science": (
        "econometrics", "high_school_geography", "high_school_government_and_politics", "high_school_macroeconomics",
        "high_school_microeconomics", "high_school_psychology", "human_sexuality", "professional_psychology",
        "public_relations", "security_studies", "sociology", "us_foreign_policy",
    ),
    "other": (
        "business_ethics", "clinical_knowledge", "college_medicine", "global_facts", "human_aging", "management",
        "marketing", "medical_genetics", "miscellaneous", "nutrition", "professional_accounting",
        "professional_medicine", "virology",
    ),
}  # fmt: skip
"""Subjects by area, in the order of the summary."""

_COLUMNS = ("question", "A", "B", "C", "D", "answer")
_PREFIX = "mmlu-"


def _files(subject: str, split: str) -> tuple[str, ...]:
    return (
        f"{split}/{subject}_{split}.csv",
        f"{subject}/{split}-*.parquet",
        f"{subject}/{split}",
        f"{split}/{subject}",
    )


def _item(key: str, row: dict[str, Any], subject: str) -> Item:
    title = f"MMLU {subject}"
    given = row.get("choices") or [cell(row, letter, key=key, title=title) for letter in "ABCD"]
    options = tuple(str(one) for one in given)
    return Item(
        key=key,
        question=str(cell(row, "question", key=key, title=title)).strip(),
        options=options,
        gold=(option_letter(cell(row, "answer", key=key, title=title), len(options), key=key, title=title),),
        subject=subject.replace("_", " "),
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one subject, such as `mmlu-virology`.

    Raises:
        NotFound: the data folder has no files for this subject.
        BadInput: a row lacks a column or has an answer that is no option.
    """
    subject = name.removeprefix(_PREFIX)
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={split: _files(subject, split) for split in ("test", "dev")},
        title=name,
        hub=HubSource("cais/mmlu", subject),
        columns=_COLUMNS,
    )
    items = tuple(_item(str(number), row, subject) for number, row in enumerate(data.rows("test")))
    pool = tuple(_item(f"dev-{number}", row, subject) for number, row in enumerate(data.rows("dev")))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": published_template("lm_eval", "mmlu")},
        source=data.digest,
        pool=pool,
        shots=SHOTS,
        max_tokens=64,
    )


_SUBJECTS = tuple(subject for subjects in AREAS.values() for subject in subjects)
FAMILY = Family(
    name="mmlu",
    title="English exams in 57 subjects",
    source="https://github.com/hendrycks/test",
    licence="MIT",
    tasks=tuple(f"{_PREFIX}{subject}" for subject in _SUBJECTS),
    load=load,
    modes=("ppl", "gen"),
    groups=(
        *(
            TaskGroup(f"{_PREFIX}{area}", tuple(f"{_PREFIX}{subject}" for subject in subjects))
            for area, subjects in AREAS.items()
        ),
        TaskGroup("mmlu", tuple(f"{_PREFIX}{subject}" for subject in _SUBJECTS)),
    ),
    folders=FOLDERS,
    languages=("en",),
    abilities=("knowledge",),
    splits="test; examples from dev",
    subjects=subject_titles("mmlu", dict.fromkeys(_SUBJECTS, "")),
    verified="prompts of lm-eval 0.4.13 (mmlu), byte for byte",
)
