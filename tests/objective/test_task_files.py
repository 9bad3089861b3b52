"""Irregular task files are either read as intended or rejected with one clear error."""

import json
from pathlib import Path
from typing import Any

import pytest

from objective.catalog import TaskSelection, select_tasks
from objective.task import Task
from objective.tasks.own_files.rows import read_user_rows
from storage.errors import BadInput, BadRows

HEAD = "id,question,A,B,C,D,answer\n"
DEV = HEAD + "".join(f"{number},q{number},a,b,c,d,A\n" for number in range(5))


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def logic(folder: Path, val: str) -> TaskSelection:
    files = {"ceval/val/logic_val.csv": val, "ceval/dev/logic_dev.csv": DEV}
    return select_tasks(["ceval-logic"], data_dir=put(folder, files))


def only(selected: TaskSelection) -> Task:
    (task,) = selected.ready
    return task


@pytest.mark.parametrize(
    "val",
    [
        "\ufeff" + HEAD + "0,q,a,b,c,d,B\n",
        (HEAD + "0,q,a,b,c,d,B\n").replace("\n", "\r\n"),
        HEAD + "\n0,q,a,b,c,d,B\n\n",
        HEAD + "0,q,a,b,c,d,B,,\n",
        HEAD + '0,"q","a","b","c","d","B"',
    ],
)
def test_byte_order_marks_line_ends_blank_lines_and_quotes_do_not_matter(tmp_path: Path, val: str) -> None:
    (item,) = only(logic(tmp_path, val)).items
    assert (item.question, item.options, item.gold) == ("q", ("a", "b", "c", "d"), ("B",))


@pytest.mark.parametrize("row", ["0,q,a,b,c", "0,q,a,b,c,d", "0,q, and more,a,b,c,d,B"])
def test_a_row_with_a_different_number_of_columns_is_rejected_with_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(BadInput, match=r"expected 7 columns in each row, but .*logic_val.csv:2 has another number"):
        logic(tmp_path, f"{HEAD}{row}\n")


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0b", "\x1c"])
def test_a_unicode_separator_inside_a_json_string_does_not_end_a_line(tmp_path: Path, separator: str) -> None:
    text = separator if ord(separator) > 31 else json.dumps(separator)[1:-1]
    row = f'{{"passage": null, "question": "x{text}y", "options": ["(A)1", "(B)2"], "label": "B"}}\n'
    task = only(select_tasks(["agieval-logiqa-en"], data_dir=put(tmp_path, {"agieval/logiqa-en.jsonl": row})))
    assert task.items[0].question == f"x{separator}y"


@pytest.mark.parametrize(
    ("task", "file", "text", "said"),
    [
        ("agieval-logiqa-en", "agieval/logiqa-en.jsonl", "", "expected items in task 'agieval-logiqa-en', got none"),
        ("agieval-logiqa-en", "agieval/logiqa-en.jsonl", lines({"question": None, "label": "A"}), "expected a text"),
        (
            "agieval-logiqa-en",
            "agieval/logiqa-en.jsonl",
            lines({"question": "q", "options": ["(A)x", "(B)y"], "label": None}),
            "expected items in task",
        ),
        (
            "agieval-math",
            "agieval/math.jsonl",
            lines({"question": "q", "options": None, "label": None, "answer": None}),
            "expected items in task",
        ),
        ("gsm8k", "gsm8k/test.jsonl", lines({"question": "q", "answer": "#### twelve"}), "a number behind `####`"),
        ("gsm8k", "gsm8k/test.jsonl", lines({"question": None, "answer": "#### 12"}), "expected a question"),
    ],
)
def test_incomplete_rows_are_rejected_with_one_error(
    tmp_path: Path, task: str, file: str, text: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        select_tasks([task], data_dir=put(tmp_path, {file: text}))


def own(folder: Path, *rows: dict[str, Any]) -> Task:
    return read_user_rows(put(folder, {"my.jsonl": lines(*rows)}) / "my.jsonl", "gen")


@pytest.mark.parametrize("answer", ["B", "b", "(B)", "B.", "B. Rome", "Rome", "rome"])
def test_an_answer_is_a_letter_or_a_text(tmp_path: Path, answer: str) -> None:
    (item,) = own(tmp_path, {"question": "q", "options": ["Paris", "Rome"], "answer": answer}).items
    assert item.gold == ("B",)


@pytest.mark.parametrize(
    "options",
    [
        ["Paris", "Rome"],
        ["A. Paris", "B. Rome"],
        ["(A) Paris", "(B) Rome"],
        {"A": "Paris", "B": "Rome"},
        {"text": ["Paris", "Rome"], "label": ["A", "B"]},
        '["Paris", "Rome"]',
        "Paris|Rome",
        "Paris\nRome",
    ],
)
def test_options_come_in_many_forms(tmp_path: Path, options: object) -> None:
    for name in ("options", "choices"):
        (item,) = own(tmp_path, {"question": "q", name: options, "answer": "B"}).items
        assert (item.kind, item.options, item.gold) == ("choice", ("Paris", "Rome"), ("B",))


def test_answer_numbers_start_at_the_one_origin_that_fits_every_row(tmp_path: Path) -> None:
    def gold(*answers: object) -> list[str]:
        rows = [{"question": "q", "options": ["x", "y", "z"], "answer": answer} for answer in answers]
        return [item.gold[0] for item in own(tmp_path, *rows).items]

    assert gold(0, 2, 1) == ["A", "C", "B"]
    assert gold("0", "2", "1") == ["A", "C", "B"]
    assert gold(1, 3, 2) == ["A", "C", "B"]
    with pytest.raises(BadInput, match="write letters"):
        gold(1, 2)
    with pytest.raises(BadRows, match="3 bad rows"):
        gold(0, 3, 1)


def test_numeric_answers_are_texts_unless_they_may_number_options(tmp_path: Path) -> None:
    sums = {"question": "1 + 3", "options": ["3", "4", "5"]}
    assert own(tmp_path, sums | {"answer": 4}).items[0].gold == ("B",)
    assert own(tmp_path, sums | {"answer": "3"}).items[0].gold == ("A",)
    with pytest.raises(BadInput, match="write letters"):
        own(tmp_path, {"question": "q", "options": ["0", "1", "2"], "answer": 1})


def test_column_names_are_case_insensitive(tmp_path: Path) -> None:
    for head in ("question,A,B,answer", "Question,A,B,Answer", "question,a,b,answer", " question, A, B, answer"):
        path = put(tmp_path, {"my.csv": f"{head}\nq,x,y,B\n"}) / "my.csv"
        (item,) = read_user_rows(path, "gen").items
        assert (item.options, item.gold) == (("x", "y"), ("B",))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"A": "x", "C": "z", "answer": "C"}, "expected text in every option, got none in B"),
        ({"options": ["x", ""], "answer": "A"}, "expected text in every option, got none in B"),
        ({"options": "one", "answer": "A"}, "expected a list of 2 to 26 options"),
        ({"options": {"x": 1, "y": 2}, "answer": "x"}, "expected letters from A on"),
        ({"options": "[1, 2", "answer": "A"}, "no JSON"),
        ({"options": [*"abcdefghijklmnopqrstuvwxyz", "0"], "answer": "0"}, "one of 2 to 26 options"),
        ({"options": ["B", "A"], "answer": "A"}, "expected `answer` to be"),
        ({"options": ["x", "x"], "answer": "x"}, "expected `answer` to be"),
        ({"answer": {"x": 1}}, "expected a text in `answer`"),
        ({"label": "x"}, "this row has question, label"),
    ],
)
def test_unclear_options_and_answers_are_reported_with_their_line(
    tmp_path: Path, row: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRows, match="1 bad row, so nothing was asked") as refused:
        own(tmp_path, {"question": "q", **row})
    assert said in refused.value.rows[0]
    assert "my.jsonl:1: " in refused.value.rows[0]


def test_ten_options_are_lettered_to_j(tmp_path: Path) -> None:
    ten = {"question": "q", "options": [f"n{number}" for number in range(10)]}
    assert own(tmp_path, ten | {"answer": "J"}).items[0].gold == ("J",)
    assert [item.gold for item in own(tmp_path, ten | {"answer": 9}, ten | {"answer": 0}).items] == [("J",), ("A",)]


PYTHON = """
from objective.task import Family, Item, Task, Template
def load(name, data_dir, mode):
    {body}
FAMILY = Family('mine', 'mine', 'own', 'own', ('mine-1',), load)
"""
MADE = "Task(name, mode, {items}, {{'': Template('{question}')}}, source='0')"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return {}['x']", "its load fails with KeyError"),
        ("return None", "expected load to return an objective.task.Task 'mine-1'"),
        ("return " + MADE.format(items="(Item('1', 'q', ('A',), ('x', 'y')),) * 2", question="Q"), "'1' twice"),
        ("return " + MADE.format(items="(Item('1', 'q', ('C',), ('x', 'y')),)", question="Q"), "an answer among AB"),
        ("return " + MADE.format(items="(Item('1', 'q', ('A',), ('x', 'y')),)", question="{qestion}"), "qestion"),
    ],
)
def test_a_python_file_that_returns_no_valid_task_is_rejected_with_one_error(
    tmp_path: Path, body: str, said: str
) -> None:
    path = put(tmp_path, {"mine.py": PYTHON.replace("{body}", body)}) / "mine.py"
    with pytest.raises(BadInput, match=said):
        select_tasks([str(path)], data_dir=tmp_path)


def test_similar_names_are_suggested_once_each(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="did you mean cmmlu or mmlu or cmmlu-stem"):
        select_tasks(["cmmllu"], data_dir=tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("own.tsv", "Question\tOption A\tOption B\tCorrect Answer\nWhat, then?\t1\t2\tB\n"),
        ("own.csv", 'question;A;B;answerKey\n"What; then?";1;2;B\n'),
        ("own.csv", 'QUESTION,option_a,option_b,"  Correct   Answer "\n"What, then?",1,2,2\n'),
        ("own.csv", "题目,选项A,选项B,答案\n什么？,1,2,B\n"),
        ("own.jsonl", '{"question": "What?", "choices": ["1", "2"], "answerKey": "B"}\n'),
    ],
)
def test_other_marks_and_headers_mean_the_same(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (item,) = read_user_rows(tmp_path / name, "gen").items
    assert (item.options, item.gold) == (("1", "2"), ("B",))


def test_a_question_may_have_26_options_and_own_headers_win(tmp_path: Path) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    header = ",".join(["question", *letters, "answer", "Correct Answer"])
    (tmp_path / "own.csv").write_text(f"{header}\n{','.join(['q', *map(str, range(26)), 'L', 'A'])}\n")
    (item,) = read_user_rows(tmp_path / "own.csv", "gen").items
    assert (len(item.options), item.gold) == (26, ("L",))
