"""Files of a benchmark as a user has them: JSON lines or JSON lists, plain or as `.gz`, found by name in a folder."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from judging.verdicts.verdict import Verdict, VerdictCause
from storage.errors import BadInput, NotFound
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.values import Json

_Read = TypeVar("_Read")


def require_published_shape(read: Callable[[Path], _Read]) -> Callable[[Path], _Read]:
    """The same reader, which refuses files whose rows have another shape than the published ones."""

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
    """The files anywhere in a folder that match one of the patterns, plain or as `.gz`, in alphabetical order.

    Raises:
        NotFound: no such folder, or no such file in it.
    """
    found = find_optional_files(folder, *patterns)
    if not found:
        raise NotFound(
            f"expected a file like {' or '.join(patterns)} in {str(folder)!r}, got none; "
            "name the folder with the benchmark's published files"
        )
    return found


def find_optional_files(folder: Path, *patterns: str) -> list[Path]:
    """As `find_files`, but none is no error.

    Raises:
        NotFound: no such folder.
    """
    if not folder.is_dir():
        raise NotFound(f"expected a folder of published files, got {str(folder)!r}, which is none; check the path")
    return sorted({path for pattern in patterns for suffix in ("", ".gz") for path in folder.rglob(pattern + suffix)})


def read_rows(path: Path) -> list[Json]:
    """All rows of a file.

    Raises:
        BadInput: a row that cannot be read.
    """
    problems = Problems(path.name)
    with open_rows(path, problems) as opened:
        rows = [dict(row) for _, row in opened.rows]
    problems.raise_any()
    return rows


def file_stem(path: Path) -> str:
    """The name of a file without any of its endings of data files: `gpt-4` for `gpt-4.jsonl.gz`."""
    name = path.name.removesuffix(".gz")
    return name.removesuffix(Path(name).suffix)


def require_text(row: Mapping[str, object], column: str, where: Path) -> str:
    """A text that must be there.

    Raises:
        BadInput: it is missing or no text.
    """
    value = row.get(column)
    if not isinstance(value, str):
        raise BadInput(f"{where.name}: expected text in {column!r}, got {type(value).__name__}; use the published file")
    return value


def question_row(source: str, key: object, turns: Sequence[str] | None, **more: object) -> Json:
    """A question as `evenhand import questions` reads it; without turns it is a placeholder."""
    row: Json = {"source": source, "key": str(key), "turns": None if turns is None else list(turns)}
    return row | {name: value for name, value in more.items() if value}


def response_row(source: str, question: object, model: str, turns: Sequence[str], sample: int = 0) -> Json:
    """A response as `evenhand import responses` reads it."""
    return {"source": source, "question": str(question), "model": model, "turns": list(turns), "sample": sample}


def mt_bench_rows(source: str, folder: Path) -> tuple[list[Json], list[Json]]:
    """Questions with their references, and responses, from files laid out as those of MT-bench.

    Raises:
        NotFound: no questions are there; references and answers may be missing.
    """
    references = {
        str(row["question_id"]): row["choices"][0]["turns"]
        for path in find_optional_files(folder, "reference_answer/*.jsonl")
        for row in read_rows(path)
    }
    questions = [
        question_row(
            source,
            key := str(row["question_id"]),
            row["turns"],
            category=row.get("category"),
            reference=references.get(key),
        )
        for path in find_files(folder, "question.jsonl")
        for row in read_rows(path)
    ]
    responses = [
        response_row(source, row["question_id"], str(row["model_id"]), choice["turns"], int(choice.get("index") or 0))
        for path in find_optional_files(folder, "model_answer/*.jsonl")
        for row in read_rows(path)
        for choice in row["choices"]
    ]
    return questions, responses


def read_recorded_score(value: object) -> Verdict:
    """A recorded score; null and negative numbers, which benchmarks write for a failure, have none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return Verdict(cause=VerdictCause.no_marker)
    return Verdict(value=float(value))
