"""GAOKAO-Bench: objective questions of the Chinese entrance examination from 2010 to 2022, with partial credit.

A question has one right option, several (physics), or several sub-questions with one right option each; the latter are
scored by the share of sub-questions. Options and sub-questions stand in the text of the question.
"""

from pathlib import Path
from typing import Any, Literal

from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.published_files import cell, open_published
from objective.tasks.published_prompts.templates import published_template
from storage.errors import BadInput

FOLDERS = (
    "gaokao_bench", "GAOKAO-Bench/Data/Objective_Questions", "Data/Objective_Questions", "GAOKAO-BENCH",
    "GAOKAO-BENCH/data/Multiple-choice_Questions", "GAOKAO-Bench",
)  # fmt: skip
_Layout = Literal["single", "several", "sequence"]
_EXAMS: dict[str, tuple[str, _Layout, str, str]] = {
    "math-2": ("2010-2022_Math_II_MCQs", "single", "single", "数学"),
    "math-1": ("2010-2022_Math_I_MCQs", "single", "single", "数学"),
    "history": ("2010-2022_History_MCQs", "single", "single", "历史"),
    "biology": ("2010-2022_Biology_MCQs", "single", "single", "生物"),
    "politics": ("2010-2022_Political_Science_MCQs", "single", "single", "政治"),
    "physics": ("2010-2022_Physics_MCQs", "several", "several", "物理"),
    "chemistry": ("2010-2022_Chemistry_MCQs", "single", "single", "化学"),
    "english": ("2010-2013_English_MCQs", "single", "single", "英语"),
    "chinese-modern-lit": ("2010-2022_Chinese_Modern_Lit", "sequence", "modern-lit", "语文"),
    "english-fill-in-blanks": ("2010-2022_English_Fill_in_Blanks", "sequence", "fill-in", "英语"),
    "english-cloze": ("2012-2022_English_Cloze_Test", "sequence", "five-of-seven", "英语"),
    "geography": ("2010-2022_Geography_MCQs", "sequence", "geography", "地理"),
    "english-reading": ("2010-2022_English_Reading_Comp", "sequence", "reading", "英语"),
    "chinese-usage": ("2010-2022_Chinese_Lang_and_Usage_MCQs", "sequence", "chinese-usage", "语文"),
}
"""For each exam the published file, its layout, the name of its prompt and its subject."""

_SCORERS: dict[_Layout, str] = {"single": "", "several": "partial_credit", "sequence": "answer_sequence"}
_OPTIONS = ("A", "B", "C", "D")
_PREFIX = "gaokao-bench-"


def _item(key: str, row: dict[str, Any], exam: str) -> Item:
    file, layout, _, subject = _EXAMS[exam]
    given = cell(row, "answer", key=key, title=file)
    answers = [str(one).strip() for one in (given if isinstance(given, list) else [given])]
    letters = "".join(answers) if layout == "sequence" else "".join(sorted("".join(answers)))
    if not letters or not letters.isascii() or not letters.isupper() or (layout == "single" and len(letters) != 1):
        raise BadInput(f"expected letters as answer of question {key} of {file}, got {given!r:.60}; fetch it again")
    return Item(
        key=key,
        question=str(cell(row, "question", key=key, title=file)),
        gold=(letters,),
        options=() if layout == "sequence" else _OPTIONS,
        kind={"single": "choice", "several": "choices", "sequence": "text"}[layout],  # type: ignore[arg-type]
        subject=subject,
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one exam, such as `gaokao-bench-physics`.

    Raises:
        NotFound: the data folder has no file for this exam.
        BadInput: a row lacks its question, or its answer is no letter.
    """
    exam = name.removeprefix(_PREFIX)
    file, layout, prompt, _ = _EXAMS[exam]
    data = open_published(data_dir, folders=FOLDERS, files={"test": (file,)}, title=name)
    items = tuple(_item(str(row.get("index", number)), row, exam) for number, row in enumerate(data.rows("test")))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": published_template("opencompass", f"gaokao-{prompt}", join="\n")},
        source=data.digest,
        max_tokens=1024,
        scorer=_SCORERS[layout],
    )


_ALL = tuple(f"{_PREFIX}{exam}" for exam in _EXAMS)
FAMILY = Family(
    name="gaokao-bench",
    title="objective questions of the Chinese entrance examination",
    source="https://github.com/OpenLMLab/GAOKAO-Bench",
    licence="Apache-2.0",
    tasks=_ALL,
    load=load,
    modes=("gen",),
    groups=(TaskGroup("gaokao-bench", _ALL),),
    folders=FOLDERS,
    languages=("zh", "en"),
    abilities=("knowledge", "understanding", "reasoning"),
    splits="2010 to 2022",
    metric="partial_credit",
    verified="prompts of OpenCompass (GaokaoBench_gen_5cfe9e), byte for byte",
)
