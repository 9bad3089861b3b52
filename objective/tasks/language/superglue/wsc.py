"""WSC: whether a pronoun in an English passage refers to a noun."""

import re
from dataclasses import dataclass
from pathlib import Path

from objective.task import Family, Item, Mode, Task
from objective.tasks.language.choices import labelled_item, load_choices
from objective.tasks.language.rows import Row
from objective.tasks.language.superglue.layout import FOLDERS, TRUTH, superglue_data
from objective.tasks.published_prompts.prompts import PublishedPrompt

DATA = superglue_data("WSC", hub="wsc.fixed")
_JOINED = ((" n't", "n't"), (" )", ")"), ("( ", "("), ('" ', '"'), (' "', '"'))
"""Pairs of spaced and joined forms, in the order in which the harness joins tokens."""


@dataclass(frozen=True)
class _Spans:
    """Noun and pronoun with the numbers of their first words."""

    text: str
    noun: str
    noun_at: int
    pronoun: str
    pronoun_at: int


def _spans(row: Row) -> _Spans:
    target = row.part("target") if "target" in row.values else row
    places = [target.value("span1_index"), target.value("span2_index")]
    text = row.text("text")
    wrong = next((one for one in places if not isinstance(one, int) or not 0 <= one < len(text.split())), None)
    if wrong is not None:
        raise row.problem("the number of a word of the text", wrong)
    return _Spans(text, target.text("span1_text"), places[0], target.text("span2_text"), places[1])


def _continued(row: Row, prompt: PublishedPrompt) -> Item:
    """An item with stars around the pronoun, and with punctuation joined to the words before it."""
    spans = _spans(row)
    before = " ".join(spans.text.split()[: spans.pronoun_at])
    passage = f"{before} *{spans.pronoun}*{spans.text[len(before) + len(spans.pronoun) + 1 :]}"
    for spaced, joined in _JOINED:
        passage = passage.replace(spaced, joined)
    passage = re.sub(r" ([.',])", r"\1", passage)
    return _item(row, prompt, {"passage": passage, "pronoun": spans.pronoun, "noun": spans.noun})


def _lettered(row: Row, prompt: PublishedPrompt) -> Item:
    """An item with stars around the noun and hashes around the pronoun."""
    spans = _spans(row)
    marks = {spans.noun_at: (spans.noun, "*"), spans.pronoun_at: (spans.pronoun, "#")}
    words: list[str] = []
    hidden = 0
    for place, word in enumerate(spans.text.split(" ")):
        marked, mark = marks.get(place, ("", ""))
        if hidden:
            hidden -= 1
        elif mark:
            words.append(f"{mark} {marked} {mark}")
            hidden = len(marked.split(" ")) - 1
        else:
            words.append(word)
    return _item(row, prompt, {"marked": " ".join(words), "pronoun": spans.pronoun, "noun": spans.noun})


def _item(row: Row, prompt: PublishedPrompt, values: dict[str, str]) -> Item:
    return labelled_item(row, prompt, values, TRUTH[row.label(TRUTH)])


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the validation set.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or the place of a span is no word.
    """
    return load_choices(DATA, {"ppl": _continued, "gen": _lettered}, name=name, data_dir=data_dir, mode=mode)


FAMILY = Family(
    name="wsc",
    title="pronouns and their nouns in English",
    source="https://cs.nyu.edu/~davise/papers/WinogradSchemas/WS.html",
    licence="CC BY 4.0",
    tasks=("wsc",),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("language",),
    splits="validation; examples from train",
    verified="prompts: lm-eval 0.4.13 wsc (ppl), OpenCompass SuperGLUE_WSC_gen_fe4bf3 (gen)",
    data_checked="SuperGLUE validation set",
)
