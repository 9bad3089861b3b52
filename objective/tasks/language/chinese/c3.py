"""C3: multiple-choice reading of Chinese dialogues (`c3-d`) and of mixed texts (`c3-m`)."""

from collections.abc import Iterator
from pathlib import Path

from objective.task import Family, Item, Mode, Task, TaskGroup
from objective.tasks.language.choices import ChoiceData, choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_files import UNNAMED
from objective.tasks.published_prompts.prompts import PublishedPrompt

FOLDERS = ("c3", "C3", "CLUE/C3", "clue")
_OPTIONS = 4
_NO_OPTION = "[NULL]"
"""Text of the options that a question with fewer than four lacks, as in the published prompt."""


def _questions(row: Row) -> Iterator[Row]:
    """One row for each question; a row of the file is a list of a text's lines, its questions, and its name."""
    if "question" in row.values and "choice" in row.values:
        lines, questions, group = row.texts("context", "documents"), [row], row.key
    else:
        cells = row.value(UNNAMED)
        if not isinstance(cells, list) or len(cells) < 2:
            raise row.problem("a list of a text, its questions and its name", cells)
        part = Row({"lines": cells[0], "questions": cells[1]}, row.key, row.title)
        lines, questions, group = part.texts("lines"), part.parts("questions"), row.key
    for number, question in enumerate(questions):
        yield Row({**question.values, "content": "".join(lines), "group": group}, f"{row.key}-{number}", row.title)


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    options, answer = list(row.texts("choice")), row.text("answer")
    if answer not in options or len(options) > _OPTIONS:
        raise row.problem(f"an answer among {', '.join(options)}", answer)
    values = {"content": row.text("content"), "question": row.text("question")}
    padded = options + [_NO_OPTION] * (_OPTIONS - len(options))
    return choice_item(row, prompt, values, padded, options.index(answer), group=row.text("group"))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the development set of dialogues or of mixed texts; questions on one text count as alike.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a part, or its answer is none of the options.
    """
    data = ChoiceData(
        prompt="c3",
        title="C3",
        folders=FOLDERS,
        files=(f"{name}-dev", f"{name[-1]}-dev"),
        expand=_questions,
        continued=False,
    )
    return load_choices(data, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


_TASKS = ("c3-d", "c3-m")
FAMILY = Family(
    name="c3",
    title="multiple-choice reading in Chinese",
    source="https://github.com/nlpdata/c3",
    licence="for research, not for commerce",
    tasks=_TASKS,
    load=load,
    groups=(TaskGroup("c3-all", _TASKS),),
    folders=FOLDERS,
    languages=("zh",),
    abilities=("understanding",),
    splits="dev; no examples",
    verified="prompt: OpenCompass CLUE_C3_gen_8c358f",
    data_checked="C3 dev, both parts",
)
