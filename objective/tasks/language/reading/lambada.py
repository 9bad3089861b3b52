"""LAMBADA: the last word of an English passage, which only the whole passage tells.

A passage is right if every token of its last word is the likeliest; the perplexity of that word is computed beside it.
"""

from pathlib import Path

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.language.rows import Row, read_rows
from objective.tasks.published_files import HubSource, open_published
from objective.tasks.published_prompts.prompts import published_prompt

FOLDERS = ("lambada", "LAMBADA", "lambada_openai")
_SPLIT = "test"
_FILES = ("lambada_test", "test*", "lambada_test_plain_text")
_HUB = HubSource("EleutherAI/lambada_openai", "default")


def _item(row: Row) -> Item:
    before, gap, word = row.text("text").rpartition(" ")
    if not gap or not word:
        raise row.problem("several words in text", row.text("text"))
    question = published_prompt("lm_eval", "lambada").render({"context": before})
    return Item(key=row.key, question=question, gold=("A",), options=(word,))


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks its text.
    """
    data = open_published(data_dir, folders=FOLDERS, files={_SPLIT: _FILES}, title="LAMBADA", hub=_HUB)
    return Task(
        name=name,
        mode=mode,
        items=tuple(map(_item, read_rows(data, _SPLIT))),
        templates={"": Template("{question}")},
        source=data.digest,
        options_as="text",
        scorer="greedy_accuracy",
    )


FAMILY = Family(
    name="lambada",
    title="last words of passages in English",
    source="https://zenodo.org/records/2630551",
    licence="CC BY 4.0",
    tasks=("lambada",),
    load=load,
    modes=("ppl",),
    folders=FOLDERS,
    languages=("en",),
    abilities=("language", "understanding"),
    splits="test; no examples",
    verified="prompt: lm-eval 0.4.13 lambada_openai",
)
