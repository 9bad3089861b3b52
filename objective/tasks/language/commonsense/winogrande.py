"""WinoGrande: the noun that fills a gap in an English sentence.

In `ppl` the sentence after the gap is scored behind each of the two beginnings, as its authors propose.
"""

from pathlib import Path

from objective.task import LETTERS, Family, Item, Mode, Task
from objective.tasks.language.choices import ChoiceData, choice_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = ChoiceData(
    prompt="winogrande",
    title="WinoGrande",
    folders=("winogrande", "winogrande_1.1", "winogrande_xl", "WinoGrande"),
    files=("dev", "winogrande_xl/validation*", "validation*"),
    examples=("train_xl", "winogrande_xl/train*", "train*"),
    hub=HubSource("allenai/winogrande", "winogrande_xl"),
)
_GAP = "_"
_OPTIONS = ("option1", "option2")


def _continued(row: Row, prompt: PublishedPrompt) -> Item:
    before, _, after = _sentence(row).partition(_GAP)
    contexts = tuple(prompt.render({"context": before + row.text(option)}) for option in _OPTIONS)
    right = _right(row)
    return Item(
        key=row.key,
        question=contexts[right],
        gold=(LETTERS[right],),
        options=(after.strip(),) * len(_OPTIONS),
        contexts=contexts,
    )


def _lettered(row: Row, prompt: PublishedPrompt) -> Item:
    options = [row.text(option) for option in _OPTIONS]
    return choice_item(row, prompt, {"sentence": _sentence(row)}, options, _right(row))


def _sentence(row: Row) -> str:
    sentence = row.text("sentence")
    if _GAP not in sentence:
        raise row.problem("a sentence with the gap _", sentence)
    return sentence


def _right(row: Row) -> int:
    return row.label(("1", "2"), "answer", first=1)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or its sentence has no gap.
    """
    return load_choices(DATA, {"ppl": _continued, "gen": _lettered}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="winogrande",
    title="nouns for gaps in English sentences",
    source="https://github.com/allenai/winogrande",
    licence="CC BY 4.0",
    tasks=("winogrande",),
    load=load,
    modes=("ppl", "gen"),
    folders=DATA.folders,
    languages=("en",),
    abilities=("reasoning",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 winogrande (ppl), OpenCompass winogrande_gen_458220 (gen)",
)
