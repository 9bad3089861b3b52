"""Reading a benchmark's published files: JSON lines or JSON lists, plain or as `.gz`, found by name in a folder."""

import functools
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from judging.recipes.recipe import RecipeData, Recording
from judging.verdicts.verdict import Verdict, VerdictCause
from storage.errors import BadInput, NotFound
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.values import Json

_Read = TypeVar("_Read")


def require_published_shape(read: Callable[[Path], _Read]) -> Callable[[Path], _Read]:
    """Make a reader raise `BadInput` for files whose rows have another shape than the published ones."""

    @functools.wraps(read)
    def checked(folder: Path) -> _Read:
        try:
            return read(folder)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadInput(
                f"expected the benchmark's published files in {str(folder)!r}, got rows of another shape "
                f"({type(error).__name__}: {error}); name the folder that holds them, unchanged"
            ) from error

    return checked


def find_files(folder: Path, *patterns: str) -> list[Path]:
    """Files anywhere in a folder that match a pattern, plain or as `.gz`, in alphabetical order.

    Raises:
        NotFound: The folder does not exist or has no such file.
    """
    found = find_optional_files(folder, *patterns)
    if not found:
        raise NotFound(
            f"expected a file like {' or '.join(patterns)} in {str(folder)!r}, got none; "
            "name the folder with the benchmark's published files"
        )
    return found


def find_optional_files(folder: Path, *patterns: str) -> list[Path]:
    """Like `find_files`, but an empty result is no error.

    Raises:
        NotFound: The folder does not exist.
    """
    if not folder.is_dir():
        raise NotFound(f"expected a folder of published files, got {str(folder)!r}, which is no folder; check the path")
    found = {path for pattern in patterns for suffix in ("", ".gz") for path in folder.rglob(pattern + suffix)}
    return sorted(path for path in found if path.is_file() and not _is_hidden(path.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    """Whether a file belongs to the file system of its author, such as `._answer.jsonl` of macOS."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def rows_with(
    paths: Sequence[Path], *columns: str, left_aside: list[str] | None = None
) -> Iterator[tuple[Path, list[Json]]]:
    """Files whose rows have certain columns, each with its rows; other files are left aside.

    Args:
        paths: Files that a pattern found, among which foreign ones may lie.
        columns: Columns that the first row of a file must have.
        left_aside: List to which the names of the other files are added.

    Raises:
        BadInput: There are files, but none with these columns.
    """
    read, seen = 0, ""
    for path in paths:
        try:
            rows = read_rows(path)
        except BadInput as error:
            rows, seen = [], str(error)
        if rows and all(column in rows[0] for column in columns):
            read += 1
            yield path, rows
        else:
            seen = seen or f"rows with {', '.join(rows[0]) if rows else 'no column'}"
            if left_aside is not None:
                left_aside.append(path.name)
    if paths and not read:
        raise BadInput(
            f"{paths[0].name}: expected rows with {', '.join(columns)}, got {seen}; use the published file, unchanged"
        )


def read_rows(path: Path) -> list[Json]:
    """All rows of a file; in a JSON list also with `NaN`, which pandas writes for a missing value, as null.

    Raises:
        BadInput: A row cannot be read.
    """
    problems = Problems(path.name)
    try:
        with open_rows(path, problems) as opened:
            rows = [dict(row) for _, row in opened.rows]
        problems.raise_any()
    except BadInput:
        lenient = _read_with_nan(path)
        if lenient is None:
            raise
        return lenient
    return rows


def _read_with_nan(path: Path) -> list[Json] | None:
    """Rows of a JSON list with `NaN`, Python's own spelling; None for other files."""
    raw = path.read_bytes() if ".json" in path.name else b""
    try:
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
        rows = json.loads(text, parse_constant=lambda _name: None) if "NaN" in text else None
    except (OSError, EOFError, ValueError, RecursionError):
        return None
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else None


def file_stem(path: Path) -> str:
    """File name without its data file extensions: `gpt-4` for `gpt-4.jsonl.gz`."""
    name = path.name.removesuffix(".gz")
    return name.removesuffix(Path(name).suffix)


def require_text(row: Mapping[str, object], column: str, where: Path) -> str:
    """A text column that must be present.

    Raises:
        BadInput: The column is missing or no text.
    """
    value = row.get(column)
    if not isinstance(value, str):
        raise BadInput(f"{where.name}: expected text in {column!r}, got {type(value).__name__}; use the published file")
    return value


def question_row(source: str, key: object, turns: Sequence[str] | None, **more: object) -> Json:
    """A question as row of `evenhand import questions`; a placeholder if its turns are unknown."""
    row: Json = {"source": source, "key": str(key), "turns": None if turns is None else list(turns)}
    return row | {name: value for name, value in more.items() if value}


def response_row(source: str, question: object, model: str, turns: Sequence[str], sample: int = 0) -> Json:
    """A response as row of `evenhand import responses`."""
    return {"source": source, "question": str(question), "model": model, "turns": list(turns), "sample": sample}


def read_questions(
    source: str,
    paths: Iterable[Path],
    *,
    key: str = "question_id",
    text: str = "text",
    extra: Callable[[Json], Mapping[str, object]] = lambda _row: {},
) -> list[Json]:
    """Questions of one turn, as rows of `evenhand import questions`.

    Args:
        source: Source of the questions.
        paths: Files to read.
        key: Column of the question key.
        text: Column of the question text.
        extra: More fields of a question, such as its language, from its row.

    Raises:
        BadInput: A row cannot be read or has no text.
    """
    return [
        question_row(source, row[key], [require_text(row, text, path)], category=row.get("category"), **extra(row))
        for path in paths
        for row in read_rows(path)
    ]


class BenchmarkRows:
    """Collects questions and responses that a benchmark repeats with each judgment; the first occurrence counts."""

    def __init__(self, source: str) -> None:
        """Start without rows.

        Args:
            source: Source of the questions.
        """
        self._source = source
        self._questions: dict[str, Json] = {}
        self._responses: dict[tuple[str, str], Json] = {}

    def add_question(self, key: str, text: str | None, **more: object) -> None:
        """Add a question of one turn; None for a placeholder."""
        if key not in self._questions:
            turns = None if text is None else [text]
            self._questions[key] = question_row(self._source, key, turns, **more)

    def add_response(self, key: str, model: str, text: str) -> None:
        """Add a response of one turn."""
        if (key, model) not in self._responses:
            self._responses[key, model] = response_row(self._source, key, model, [text])

    def data(
        self,
        recordings: Sequence[Recording],
        *,
        questions: Sequence[Json] = (),
        gold: Mapping[str, str | None] | None = None,
        left_aside: Sequence[str] = (),
    ) -> RecipeData:
        """The content of the folder; `questions` are rows that were read from files of their own."""
        return RecipeData(
            [*questions, *self._questions.values()],
            list(self._responses.values()),
            recordings,
            gold or {},
            tuple(left_aside),
        )


def mt_bench_rows(source: str, folder: Path, judged: Sequence[str] = ()) -> tuple[list[Json], list[Json]]:
    """Questions with references, and responses, from files in the layout of MT-bench; all but the questions optional.

    Args:
        source: Source of the questions.
        folder: Folder to read.
        judged: Keys of questions with judgments; the ones without a text become placeholders.

    Raises:
        NotFound: There is no file of questions and no judgment.
    """
    references = {
        str(row["question_id"]): row["choices"][0]["turns"]
        for _, rows in rows_with(find_optional_files(folder, "reference_answer/*.jsonl"), "question_id", "choices")
        for row in rows
    }
    find = find_optional_files if judged else find_files
    questions = {
        str(row["question_id"]): question_row(
            source,
            row["question_id"],
            question_turns(row["turns"]),
            category=row.get("category"),
            reference=references.get(str(row["question_id"])),
        )
        for _, rows in rows_with(find(folder, "question.jsonl"), "question_id", "turns")
        for row in rows
    }
    responses = [
        response_row(
            source,
            row["question_id"],
            str(row["model_id"]),
            question_turns(choice["turns"]),
            int(choice.get("index") or 0),
        )
        for _, rows in rows_with(
            find_optional_files(folder, "model_answer/*.jsonl"), "question_id", "model_id", "choices"
        )
        for row in rows
        for choice in row["choices"]
    ]
    for key in [*judged, *(str(row["question"]) for row in responses)]:
        questions.setdefault(key, question_row(source, key, None))
    return list(questions.values()), responses


def question_turns(turns: Sequence[object]) -> list[str]:
    """The text of each turn, which is a string or an object with `content`."""
    return [turn if isinstance(turn, str) else str(turn["content"]) for turn in turns]  # type: ignore[index]


def read_recorded_score(value: object) -> Verdict:
    """Verdict of a recorded score; null and negative numbers stand for a failure."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return Verdict(cause=VerdictCause.no_marker)
    return Verdict(value=float(value))
