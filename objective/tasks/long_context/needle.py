"""A needle in a haystack: one sentence with a code number in a long generated text, in English and Chinese.

One task for each language and length, with eleven depths from the beginning of the text to its end. The text, the
needles and the questions are generated; nothing is read.
"""

import random
from pathlib import Path

from objective.task import Family, Item, Mode, Task, TaskGroup, Template, hash_contents
from objective.tasks.long_context.haystack import hide, words

LENGTHS = {"1k": 1024, "2k": 2048, "4k": 4096, "8k": 8192, "16k": 16384, "32k": 32768, "64k": 65536, "128k": 131072}
"""Lengths of the texts, in tokens by the rule of thumb of `haystack`."""

DEPTHS = tuple(range(0, 101, 10))
"""Depths of the needle, in per cent of the sentences before it."""

NEEDLES = 2
"""Needles a depth, each in a text of its own."""

SEED = 0
_LANGUAGES = ("en", "zh")
_NEEDLE = {"en": "The code number of the {name} {place} is {code}.", "zh": "{name}{place}的编号是{code}。"}
_TEMPLATES = {
    "en": Template(
        question="Read the text and answer the question behind it.\n\n{question}\nAnswer with the number.\nAnswer:"
    ),
    "zh": Template(question="请阅读下面的文字，并回答后面的问题。\n\n{question}\n只回答编号本身。\n答案：", join=""),
}
_QUESTION = {
    "en": "Question: What is the code number of the {name} {place}?",
    "zh": "问题：{name}{place}的编号是多少？",
}


def _item(language: str, length: str, depth: int, number: int) -> Item:
    seed = f"{SEED}:{language}:{length}:{depth}:{number}"
    drawn, known = random.Random(f"{seed}:needle"), words(language)  # noqa: S311  a number to find, no secret
    values = {
        "name": known["names"][drawn.randrange(len(known["names"]))],
        "place": known["places"][drawn.randrange(len(known["places"]))],
        "code": str(1_000_000 + drawn.randrange(9_000_000)),
    }
    text = hide(
        _NEEDLE[language].format(**values), language=language, tokens=LENGTHS[length], depth=depth / 100, seed=seed
    )
    return Item(
        key=f"depth-{depth:03}-{number + 1}",
        question=f"{text}\n\n{_QUESTION[language].format(**values)}",
        gold=(values["code"],),
        kind="text",
        data={"depth": depth},
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Generate one length in one language, such as `needle-zh-8k`; the data folder is not used."""
    del data_dir
    _, language, length = name.split("-")
    items = tuple(_item(language, length, depth, number) for depth in DEPTHS for number in range(NEEDLES))
    return Task(
        name=name,
        mode=mode,
        items=items,
        templates={"": _TEMPLATES[language]},
        source=hash_contents([item.question.encode() for item in items]),
        max_tokens=32,
        scorer="needle",
    )


def _names(language: str) -> tuple[str, ...]:
    return tuple(f"needle-{language}-{length}" for length in LENGTHS)


FAMILY = Family(
    name="needle",
    title="one sentence to find in a long text, by length and depth",
    source="generated",
    licence="Apache-2.0, as the project",
    tasks=tuple(name for language in _LANGUAGES for name in _names(language)),
    load=load,
    modes=("gen",),
    groups=tuple(TaskGroup(f"needle-{language}", _names(language)) for language in _LANGUAGES),
    languages=_LANGUAGES,
    abilities=("long_text", "retrieval"),
    splits="generated",
    data_checked="generated; needs no data",
)
