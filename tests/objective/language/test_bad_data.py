"""Data of another version, missing columns and answers outside the options are refused with causes of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from objective.catalog import UnreadyTask, select_tasks
from objective.causes import CauseCode
from tests.objective.language.own_data import AUTHORS, HUB, write_files


def first_row(family: str, **changed: object) -> Mapping[str, Any]:
    """The files of a family with a change in the first row; None removes a column."""
    name, rows = next(iter(HUB[family].items()))
    row = {key: value for key, value in {**rows[0], **changed}.items() if value is not None}
    return {name: [row, *rows[1:]]}


BAD = [
    ("boolq", first_row("boolq", passage=None), CauseCode.missing_column, "the column passage in row 0 of BoolQ"),
    ("boolq", first_row("boolq", label=-1), CauseCode.wrong_answer, "got '-1'"),
    ("cb", first_row("cb", label="maybe"), CauseCode.wrong_answer, "entailment, contradiction, neutral"),
    ("copa", first_row("copa", question="reason"), CauseCode.message, "cause or effect in question"),
    ("hellaswag", first_row("hellaswag", endings=["a", "b"]), CauseCode.message, "four endings"),
    ("winogrande", first_row("winogrande", sentence="No gap here."), CauseCode.message, "the gap _"),
    ("openbookqa", first_row("openbookqa", answerKey="E"), CauseCode.message, "answerKey among A, B, C, D"),
    ("wsc", first_row("wsc", span2_index=99), CauseCode.message, "the number of a word"),
    ("wic", first_row("wic", start1="here"), CauseCode.message, "a place in start1"),
    ("chid", first_row("chid", answer=7), CauseCode.wrong_answer, "among 0, 1, 2, 3, 4, 5, 6"),
    ("chid", first_row("chid", content="没有空。"), CauseCode.message, "#idiom#"),
    ("race-high", first_row("race", problems="[broken"), CauseCode.message, "a list in problems"),
    ("lambada", first_row("lambada", text="one"), CauseCode.message, "several words"),
    ("triviaqa", first_row("triviaqa", answer={"aliases": []}), CauseCode.no_reference, "expected an answer in row 0"),
    ("nq", first_row("nq", answer="Jupiter"), CauseCode.message, "a list of texts in answer"),
    ("cluewsc", first_row("cluewsc", target="小林"), CauseCode.message, "an object in target"),
    (
        "wmt16-de-en",
        {"wmt16/de-en/test.jsonl": [{"translation": {"de": "Ja."}}]},
        CauseCode.missing_column,
        "column en",
    ),
    (
        "truthfulqa-mc2",
        first_row("truthfulqa", mc2_targets={"choices": ["a"], "labels": [0]}),
        CauseCode.message,
        "true one",
    ),
    (
        "c3-d",
        {"c3/c3-d-dev.json": [[["甲"], [{"question": "?", "choice": ["一"], "answer": "二"}], "x"]]},
        None,
        "answer among 一",
    ),
    (
        "flores-eng_Latn-deu_Latn",
        {**AUTHORS["flores"], "flores/devtest/deu_Latn.devtest": "Nur eine.\n"},
        None,
        "got 2 and 1",
    ),
    (
        "flores-eng_Latn-deu_Latn",
        {**AUTHORS["flores"], "flores/devtest/deu_Latn.devtest": " \nNur eine.\n"},
        None,
        "got an empty line 1",
    ),
]


@pytest.mark.parametrize(
    ("name", "files", "cause", "said"), BAD, ids=[f"{one[0]}-{number}" for number, one in enumerate(BAD)]
)
def test_bad_data_is_refused_with_row_and_column(
    name: str, files: Mapping[str, Any], cause: CauseCode | None, said: str, tmp_path: Path
) -> None:
    good = write_files(tmp_path, HUB["piqa"])
    chosen = select_tasks(["piqa", name], data_dir=write_files(good, files))
    assert [task.name for task in chosen.ready] == ["piqa"]
    (unready,) = chosen.unready
    assert isinstance(unready, UnreadyTask) and not unready.is_missing
    assert said in str(unready.error), str(unready.error)
    assert cause is None or unready.cause.code == cause


def test_labels_in_a_file_of_their_own_must_be_as_many_as_the_questions(tmp_path: Path) -> None:
    files = dict(AUTHORS["piqa"]) | {"piqa/valid-labels.lst": ""}
    (unready,) = select_tasks(["piqa", "boolq"], data_dir=write_files(tmp_path, {**files, **HUB["boolq"]})).unready
    assert "a label in valid-labels.lst in row 0 of PIQA" in str(unready.error)


def test_sentences_in_another_encoding_are_refused_with_their_file(tmp_path: Path) -> None:
    folder = write_files(tmp_path, {**AUTHORS["flores"], **HUB["boolq"]})
    (folder / "flores/devtest/deu_Latn.devtest").write_bytes("Über uns.\nNur eine.\n".encode("latin-1"))
    (unready,) = select_tasks(["flores-eng_Latn-deu_Latn", "boolq"], data_dir=folder).unready
    assert "expected UTF-8 in" in str(unready.error) and "deu_Latn.devtest" in str(unready.error)
