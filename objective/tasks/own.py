"""Your own data without code: a JSONL or CSV file, multiple-choice or question-answer, recognised by its columns.

Multiple choice has `question`, `A`, `B`, … (or a list `options`) and `answer`, a letter or an option's text.
Question-answer has `question` and `answer`, where a list in JSONL accepts several. Optional: `id`, `subject`, and
`split`, whose rows `dev` are the examples.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from objective.extraction import folded
from objective.extraction_numbers import value_of
from objective.task import LETTERS, Item, Kind, Mode, Task, Template, checked, digest_of
from storage.errors import BadInput
from storage.exchange.files import open_rows
from storage.exchange.problems import Problems

_TEMPLATES = {
    "choice-en": Template(
        question="Question: {question}\n{options}\nAnswer:", instruction="Answer with the letter of the right option."
    ),
    "choice-zh": Template(
        question="题目：{question}\n{options}\n答案：", join="", instruction="请回答正确选项的字母。"
    ),
    "number-en": Template(question="Question: {question}\nAnswer:", instruction="Answer with a number."),
    "number-zh": Template(question="题目：{question}\n答案：", join="", instruction="请回答一个数字。"),
    "exact-en": Template(question="Question: {question}\nAnswer:", instruction="Reply with the answer only."),
    "exact-zh": Template(question="题目：{question}\n答案：", join="", instruction="请只回答答案本身。"),
}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EXAMPLES = "dev"


def read_own(path: Path, mode: Mode) -> Task:
    """A task from a file of rows, named after the file.

    Raises:
        BadInput: no such file, no rows, or an id twice.
        BadRows: rows that lack a question or an answer, each with its line.
    """
    problems = Problems(str(path))
    numbered: list[tuple[int, dict[str, Any]]] = []
    with open_rows(path, problems) as file:
        numbered = [(line, dict(row)) for line, row in file.rows]
    drafts = [(row, item) for line, row in numbered if (item := _draft(line, row, problems)) is not None]
    problems.raise_any()
    if not drafts:
        raise BadInput(f"expected rows with question and answer, got none in {str(path)!r}; fill the file")
    items = [item for row, item in drafts if str(row.get("split") or "").strip() != _EXAMPLES]
    pool = [item for row, item in drafts if str(row.get("split") or "").strip() == _EXAMPLES]
    return checked(
        Task(
            name=path.name.removesuffix(".gz").rpartition(".")[0] or path.name,
            mode=mode,
            items=_with_numbers(items),
            templates=_TEMPLATES,
            source=digest_of([path.read_bytes()]),
            pool=_with_numbers(pool),
        )
    )


def _draft(line: int, row: dict[str, Any], problems: Problems) -> Item | None:
    question, answer = row.get("question"), row.get("answer")
    if not isinstance(question, str) or not question.strip():
        problems.add(line, "expected a text in `question`, got none; every row needs one")
        return None
    accepted = [str(one).strip() for one in (answer if isinstance(answer, list) else [answer]) if one is not None]
    accepted = [one for one in accepted if one]
    if not accepted:
        problems.add(line, "expected a text in `answer`, got none; every row needs one")
        return None
    options = _options(row)
    if options:
        letters = [_letter(one, options) for one in accepted]
        if None in letters or len(options) < 2 or len(options) > len(LETTERS):
            problems.add(
                line, f"expected `answer` to be the letter or text of one of 2 to 10 options, got {accepted[0]!r}"
            )
            return None
        accepted = [letter for letter in letters if letter is not None]
    kind: Kind = "choice" if options else "exact"
    return Item(
        key=str(row["id"]) if row.get("id") not in (None, "") else f"line {line}",
        question=question.strip(),
        gold=tuple(accepted),
        options=options,
        kind=kind,
        subject=str(row.get("subject") or ""),
        form=f"{kind}-{_language(question)}",
    )


def _options(row: dict[str, Any]) -> tuple[str, ...]:
    listed = row.get("options") or row.get("choices")
    if isinstance(listed, list):
        return tuple(str(option).strip() for option in listed)
    found = []
    for letter in LETTERS:
        if row.get(letter) in (None, ""):
            break
        found.append(str(row[letter]).strip())
    return tuple(found)


def _letter(answer: str, options: Sequence[str]) -> str | None:
    if len(answer) == 1 and answer.upper() in LETTERS[: len(options)]:
        return answer.upper()
    same = [LETTERS[place] for place, option in enumerate(options) if folded(option) == folded(answer)]
    return same[0] if len(same) == 1 else None


def _language(text: str) -> str:
    return "zh" if _CHINESE.search(text) else "en"


def _with_numbers(items: Sequence[Item]) -> tuple[Item, ...]:
    """Free answers that are all numbers are read as numbers."""
    free = [item for item in items if item.kind == "exact"]
    if not free or any(value_of(gold) is None for item in free for gold in item.gold):
        return tuple(items)
    return tuple(
        Item(item.key, item.question, item.gold, kind="number", form=item.form.replace("exact", "number"))
        if item.kind == "exact"
        else item
        for item in items
    )
