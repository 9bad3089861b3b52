"""CHID: the idiom of seven that fills a gap in a Chinese text."""

from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.chinese.layout import FOLDERS, LICENCE, fewclue_data
from objective.tasks.language.choices import choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = fewclue_data("chid", "CHID")
_GAP = "#idiom#"
_CANDIDATES = 7


def _item(row: Row, prompt: PublishedPrompt) -> Item:
    candidates, content = row.texts("candidates"), row.text("content")
    if len(candidates) != _CANDIDATES:
        raise row.problem(f"{_CANDIDATES} idioms in candidates", len(candidates))
    if _GAP not in content:
        raise row.problem(f"a text with the gap {_GAP} in content", content)
    right = row.label([str(place) for place in range(_CANDIDATES)], "answer")
    return choice_item(row, prompt, {"content": content.replace(_GAP, "______")}, candidates, right)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the public test set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or its text has no gap.
    """
    return load_choices(DATA, {"ppl": _item, "gen": _item}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="chid",
    title="idioms for gaps in Chinese texts",
    source="https://github.com/CLUEbenchmark/FewCLUE",
    licence=LICENCE,
    tasks=("chid",),
    load=load,
    folders=FOLDERS,
    languages=("zh",),
    abilities=("language",),
    splits="public test; examples from dev",
    verified="prompt: OpenCompass FewCLUE_chid_gen_0a29a2",
)
