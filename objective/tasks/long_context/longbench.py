"""LongBench: questions on long documents in English and Chinese, summaries, classes after examples, and lines of code.

The files have one JSON object a line with `input`, `context` and `answers`; those with classes have `all_classes`.
Answers are scored by shared words, summaries by ROUGE-L, classes by their names in the output, and code by the edits
that separate it from the next line.
"""

from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.published_files import HubSource, cell, open_published, references
from objective.tasks.published_prompts.prompts import published_prompt

FOLDERS = ("longbench", "LongBench", "LongBench/data", "longbench/data")
_WORDS, _PARAGRAPH, _ROUGE, _CLASS, _CODE = "shared_words", "paragraph_number", "rouge", "named_class", "code_line"
DATA_SETS = {
    "narrativeqa": (_WORDS, 128),
    "qasper": (_WORDS, 128),
    "multifieldqa_en": (_WORDS, 64),
    "multifieldqa_zh": ("shared_characters", 64),
    "hotpotqa": (_WORDS, 32),
    "2wikimqa": (_WORDS, 32),
    "musique": (_WORDS, 32),
    "triviaqa": (_WORDS, 32),
    "dureader": (_ROUGE, 128),
    "gov_report": (_ROUGE, 512),
    "qmsum": (_ROUGE, 512),
    "multi_news": (_ROUGE, 512),
    "vcsum": (_ROUGE, 512),
    "samsum": (_ROUGE, 128),
    "trec": (_CLASS, 64),
    "lsht": (_CLASS, 64),
    "lcc": (_CODE, 64),
    "repobench-p": (_CODE, 64),
    "passage_count": (_PARAGRAPH, 32),
    "passage_retrieval_en": (_PARAGRAPH, 32),
    "passage_retrieval_zh": (_PARAGRAPH, 32),
}
"""Scorer and longest answer, in tokens, by data set."""

_ONE_LINE = frozenset({"triviaqa", "samsum", "trec", "lsht"})
"""Data sets whose answers end with their first line."""

_PREFIX = "longbench-"


def _item(key: str, row: dict[str, Any], data_set: str) -> Item:
    where = {"key": key, "title": f"LongBench {data_set}"}
    answers = cell(row, "answers", **where)
    context = str(cell(row, "context", **where))
    question = published_prompt("lm_eval", f"{_PREFIX}{data_set}").render(
        {"context": context, "question": str(row["input"] if "input" in row else cell(row, "question", **where))}
    )
    is_classified = DATA_SETS[data_set][0] == _CLASS
    return Item(
        key=str(row.get("_id") or key),
        question=question,
        gold=references(answers if isinstance(answers, list) else [answers], **where),
        kind="text",
        subject=str(row.get("language", "")),
        data={"classes": list(map(str, cell(row, "all_classes", **where)))} if is_classified else {},
    )


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one data set, such as `longbench-qasper`.

    Raises:
        NotFound: the data folder has no file of this data set.
        BadInput: a row lacks its document or its answers.
    """
    data_set = name.removeprefix(_PREFIX)
    scorer, longest = DATA_SETS[data_set]
    data = open_published(
        data_dir,
        folders=FOLDERS,
        files={"test": (data_set,)},
        title=name,
        hub=HubSource("Xnhyacinth/LongBench", data_set),
    )
    return Task(
        name=name,
        mode=mode,
        items=tuple(_item(str(number), row, data_set) for number, row in enumerate(data.rows("test"))),
        templates={"": Template("{question}")},
        source=data.digest,
        max_tokens=longest,
        stop=("\n",) if data_set in _ONE_LINE else (),
        scorer=scorer,
    )


def _group(name: str, data_sets: tuple[str, ...]) -> TaskGroup:
    return TaskGroup(f"{_PREFIX}{name}", tuple(f"{_PREFIX}{one}" for one in data_sets))


FAMILY = Family(
    name="longbench",
    title="questions on long documents in English and Chinese, summaries, and code",
    source="https://github.com/THUDM/LongBench",
    licence="MIT; each document keeps its own terms",
    tasks=tuple(f"{_PREFIX}{data_set}" for data_set in DATA_SETS),
    load=load,
    modes=("gen",),
    groups=(
        _group("single", ("narrativeqa", "qasper", "multifieldqa_en", "multifieldqa_zh")),
        _group("multi", ("hotpotqa", "2wikimqa", "musique", "dureader")),
        _group("summaries", ("gov_report", "qmsum", "multi_news", "vcsum")),
        _group("examples", ("trec", "triviaqa", "samsum", "lsht")),
        _group("code", ("lcc", "repobench-p")),
        _group("synthetic", ("passage_count", "passage_retrieval_en", "passage_retrieval_zh")),
    ),
    folders=FOLDERS,
    languages=("en", "zh"),
    abilities=("long_text", "retrieval"),
    splits="test",
    metric="f1, rouge_l, accuracy, edit_similarity",
    verified="prompts of lm-eval 0.4.13 (longbench), byte for byte",
)
