"""Tasks from a user's JSONL, CSV, TSV or Parquet file, multiple choice or question-answer, recognised by the columns.

Multiple choice has `question`, `A`, `B`, … (or a list `options`) and `answer`: a letter, the text of an option, or its
number. Question-answer has `question` and `answer`; in JSONL, a list holds several accepted answers. Optional columns:
`id`, `subject`, and `split`, where `dev` marks examples; `image`, or `image_1`, `image_2` and so on, hold images: paths
beside the file, or base64. Other usual headers, such as `answerKey`, `Correct Answer` or `Option A`, mean the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from objective.images import ItemImage
from objective.scoring.numbers import value_of
from objective.task import LETTERS, AnswerKind, Item, Mode, Task, Template, hash_contents, validate_task
from objective.tasks.image_cells import read_images
from objective.tasks.own_files.options import UnclearOptions, find_first_number, find_letter, read_options
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
_OTHER_HEADERS = {
    **dict.fromkeys(("answerkey", "correctanswer", "correctoption", "rightanswer", "答案", "正确答案"), "answer"),
    **dict.fromkeys(("questiontext", "题目", "问题"), "question"),
    **dict.fromkeys(("answeroptions", "answerchoices", "选项"), "options"),
}
"""Headers of others in lower case without spaces, and ours."""
_OPTION_HEADER = re.compile(r"(?:option|choice|选项)([a-z])")
EXAMPLES = "dev"
"""Value of `split` in rows that are shown as examples and not asked."""


@dataclass(frozen=True)
class _ParsedRow:
    """A complete row.

    Attributes:
        line: line number in the file.
        row: columns by name.
        accepted: accepted answers as written in the file.
        options: texts of its options; empty for a free answer.
        images: its images.
    """

    line: int
    row: dict[str, Any]
    accepted: tuple[str, ...]
    options: tuple[str, ...]
    images: tuple[ItemImage, ...] = ()


def read_user_rows(path: Path, mode: Mode) -> Task:
    """Read a task from a file of rows; the task is named after the file.

    Raises:
        BadInput: there is no such file, no rows, a duplicate id, or answers that are ambiguous numbers.
        BadRows: rows without a question or an answer, each with its line.
    """
    problems = Problems(str(path))
    with open_rows(path, problems) as file:
        numbered = [(line, _normalise_columns(row)) for line, row in file.rows]
    parsed = [one for line, row in numbered if (one := _parse_row(line, row, path, problems)) is not None]
    are_integers = any(isinstance(one.row["answer"], int) for one in parsed if one.options)
    first = find_first_number([(one.accepted, one.options) for one in parsed], str(path), are_integers=are_integers)
    pairs = [(one, item) for one in parsed if (item := _make_item(one, first, problems)) is not None]
    _raise_bad_rows(problems)
    items = _detect_numbers([item for _, item in pairs])
    examples = [str(one.row.get("split") or "").strip() == EXAMPLES for one, _ in pairs]
    if items and all(examples):
        raise BadInput(f"expected rows to ask in {str(path)!r}, got only examples; give some rows another split")
    return validate_task(
        Task(
            name=path.name.removesuffix(".gz").rpartition(".")[0] or path.name,
            mode=mode,
            items=tuple(item for item, is_example in zip(items, examples, strict=True) if not is_example),
            templates=_TEMPLATES,
            source=hash_contents([path.read_bytes()]),
            pool=tuple(item for item, is_example in zip(items, examples, strict=True) if is_example),
            images={image.sha256: image for one, _ in pairs for image in one.images},
        )
    )


def _normalise_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """Rename the columns of a row: option letters to upper case, words to lower case, other usual headers to ours."""
    found: dict[str, Any] = {}
    others: dict[str, Any] = {}
    is_lettered = {"a", "b"} <= {name.strip() for name in row}
    for name, value in row.items():
        plain = name.strip()
        plain = plain.lower() if len(plain) > 1 else plain.upper() if is_lettered else plain
        if plain not in found or name == plain:
            found[plain] = value
        if (ours := _our_header(plain)) != plain:
            others.setdefault(ours, value)
    return {**others, **found}


def _our_header(plain: str) -> str:
    """The name that we use for a header in lower case; an unknown one stays."""
    joined = re.sub(r"[\s_-]", "", plain)
    lettered = _OPTION_HEADER.fullmatch(joined)
    return lettered[1].upper() if lettered else _OTHER_HEADERS.get(joined, plain)


def _raise_bad_rows(problems: Problems) -> None:
    try:
        problems.raise_any()
    except BadRows as error:
        rows = "1 bad row" if problems.count == 1 else f"{problems.count} bad rows"
        summary = f"{problems.path} has {rows}, so nothing was asked; correct the file and run the command again"
        raise BadRows(summary, error.rows, error.truncated) from None


def _parse_row(line: int, row: dict[str, Any], path: Path, problems: Problems) -> _ParsedRow | None:
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
        options = read_options(row)
        images = read_images(row, path.parent, where="this row")
    except (UnclearOptions, BadInput) as error:
        problems.add(line, str(error))
        return None
    return _ParsedRow(line, row, accepted, options, images)


def _make_item(parsed: _ParsedRow, first: int | None, problems: Problems) -> Item | None:
    accepted = parsed.accepted
    if parsed.options:
        letters = [find_letter(one, parsed.options, first) for one in accepted]
        if None in letters or not 2 <= len(parsed.options) <= len(LETTERS):
            problems.add(
                parsed.line,
                f"expected `answer` to be the letter, text or number of one of 2 to {len(LETTERS)} options, got "
                f"{shown(accepted[0])} for {len(parsed.options)}",
            )
            return None
        accepted = tuple(letter for letter in letters if letter is not None)
    kind: AnswerKind = "choice" if parsed.options else "exact"
    question, key = str(parsed.row["question"]).strip(), parsed.row.get("id")
    return Item(
        key=f"line {parsed.line}" if key in (None, "") else str(key),
        question=question,
        gold=accepted,
        options=parsed.options,
        kind=kind,
        subject=str(parsed.row.get("subject") or ""),
        form=f"{kind}-{'zh' if _CHINESE.search(question) else 'en'}",
        images=tuple(image.sha256 for image in parsed.images),
    )


def _detect_numbers(items: Sequence[Item]) -> list[Item]:
    """Make free answers numbers if all of them are."""
    free = [item for item in items if item.kind == "exact"]
    if any(value_of(gold) is None for item in free for gold in item.gold):
        return list(items)
    return [
        replace(item, kind="number", form=item.form.replace("exact", "number")) if item.kind == "exact" else item
        for item in items
    ]
