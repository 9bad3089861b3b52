"""Your own data without code: a JSONL or CSV file, multiple-choice or question-answer, recognised by its columns.

Multiple choice has `question`, `A`, `B`, … (or a list `options`) and `answer`: a letter, an option's text, or its
number. Question-answer has `question` and `answer`, where a list in JSONL accepts several. Optional: `id`, `subject`,
and `split`, whose rows `dev` are the examples.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from objective.scoring.numbers import value_of
from objective.task import LETTERS, Item, Kind, Mode, Task, Template, checked, digest_of
from objective.tasks.own_options import Unclear, letter_of, numbering, options_in
from storage.errors import BadInput, BadRows
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems, shown

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


@dataclass(frozen=True)
class _Draft:
    """A row that has all it needs; its answers as they were written."""

    line: int
    row: dict[str, Any]
    accepted: tuple[str, ...]
    options: tuple[str, ...]


def read_own(path: Path, mode: Mode) -> Task:
    """A task from a file of rows, named after the file.

    Raises:
        BadInput: no such file, no rows, an id twice, or numbers as answers that can be read in two ways.
        BadRows: rows that lack a question or an answer, each with its line.
    """
    problems = Problems(str(path))
    with open_rows(path, problems) as file:
        numbered = [(line, _named(row)) for line, row in file.rows]
    drafts = [draft for line, row in numbered if (draft := _draft(line, row, problems)) is not None]
    are_integers = any(isinstance(draft.row["answer"], int) for draft in drafts if draft.options)
    first = numbering([(draft.accepted, draft.options) for draft in drafts], str(path), are_integers=are_integers)
    items = [(draft, item) for draft in drafts if (item := _item(draft, first, problems)) is not None]
    _refuse(problems)
    made = _with_numbers([item for _, item in items])
    shown_first = [str(draft.row.get("split") or "").strip() == _EXAMPLES for draft, _ in items]
    if not all(shown_first) or not items:
        return checked(
            Task(
                name=path.name.removesuffix(".gz").rpartition(".")[0] or path.name,
                mode=mode,
                items=tuple(item for item, is_example in zip(made, shown_first, strict=True) if not is_example),
                templates=_TEMPLATES,
                source=digest_of([path.read_bytes()]),
                pool=tuple(item for item, is_example in zip(made, shown_first, strict=True) if is_example),
            )
        )
    raise BadInput(f"expected rows that are asked in {str(path)!r}, got only examples; give some another split")


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose columns are called as they are here: letters in upper case, words in lower case."""
    found: dict[str, Any] = {}
    is_lettered = {"a", "b"} <= {name.strip() for name in row}
    for name, value in row.items():
        plain = name.strip()
        plain = plain.lower() if len(plain) > 1 else plain.upper() if is_lettered else plain
        if plain not in found or name == plain:
            found[plain] = value
    return found


def _refuse(problems: Problems) -> None:
    try:
        problems.raise_any()
    except BadRows as error:
        rows = "1 bad row" if problems.count == 1 else f"{problems.count} bad rows"
        summary = f"{problems.path} has {rows}, so nothing was asked; correct the file and run the command again"
        raise BadRows(summary, error.rows, error.truncated) from None


def _draft(line: int, row: dict[str, Any], problems: Problems) -> _Draft | None:
    question, answer = row.get("question"), row.get("answer")
    columns = ", ".join(name for name, value in row.items() if value not in (None, ""))
    if not isinstance(question, str) or not question.strip():
        problems.add(line, f"expected a text in `question`, got none; this row has {columns or 'nothing'}")
        return None
    given = answer if isinstance(answer, list) else [answer]
    accepted = tuple(text for one in given if one is not None and (text := str(one).strip()))
    if not accepted or any(isinstance(one, dict | list) for one in given):
        problems.add(line, f"expected a text in `answer`, got {shown(answer)}; this row has {columns}")
        return None
    try:
        options = options_in(row)
    except Unclear as error:
        problems.add(line, str(error))
        return None
    return _Draft(line, row, accepted, options)


def _item(draft: _Draft, first: int | None, problems: Problems) -> Item | None:
    accepted = draft.accepted
    if draft.options:
        letters = [letter_of(one, draft.options, first) for one in accepted]
        if None in letters or not 2 <= len(draft.options) <= len(LETTERS):
            problems.add(
                draft.line,
                "expected `answer` to be the letter, text or number of one of 2 to 10 options, got "
                f"{shown(accepted[0])} for {len(draft.options)}",
            )
            return None
        accepted = tuple(letter for letter in letters if letter is not None)
    kind: Kind = "choice" if draft.options else "exact"
    question, key = str(draft.row["question"]).strip(), draft.row.get("id")
    return Item(
        key=f"line {draft.line}" if key in (None, "") else str(key),
        question=question,
        gold=accepted,
        options=draft.options,
        kind=kind,
        subject=str(draft.row.get("subject") or ""),
        form=f"{kind}-{'zh' if _CHINESE.search(question) else 'en'}",
    )


def _with_numbers(items: Sequence[Item]) -> list[Item]:
    """Free answers that are all numbers are read as numbers."""
    free = [item for item in items if item.kind == "exact"]
    if any(value_of(gold) is None for item in free for gold in item.gold):
        return list(items)
    return [
        replace(item, kind="number", form=item.form.replace("exact", "number")) if item.kind == "exact" else item
        for item in items
    ]
