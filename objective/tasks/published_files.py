"""Reads the rows of published data in any of its formats and layouts, and checks their columns.

Rows come from files below the data folder (JSON Lines, JSON, CSV, TSV, Parquet), in the authors' own layout or in that
of the Hugging Face hub, or, where the data folder is `hub:`, from the hub itself through the library `datasets`.
"""

import csv
import importlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from objective.causes import Cause, CauseCode, MissingData, TaskProblem
from objective.task import LETTERS, hash_contents
from objective.tasks.data_folder import DataFolder
from storage.errors import BadInput
from storage.values import canonical_json

HUB = Path("hub:")
"""Data folder that stands for the hub: `--data-dir hub:`."""
UNNAMED = "cells"
"""Column of the rows of a JSON list of lists, which name no columns."""
_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
_LARGEST_CELL = 2**27


@dataclass(frozen=True)
class HubSource:
    """Where the hub holds the data of a task.

    Attributes:
        name: name of the data set, such as `Rowan/hellaswag`.
        config: name of its configuration; empty for the only one.
        revision: commit; empty for the newest.
        digests: SHA-256 of the rows of each split, as `rows_digest` computes it; a split without one is not checked.
    """

    name: str
    config: str = ""
    revision: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass
class PublishedData:
    """The data of one task, read split by split.

    Attributes:
        title: title of the data, for messages.
        files: names or patterns of the files of each split, relative to a folder; a name without an ending stands for
            that name with any known ending.
        folder: folder that holds the files; None for the hub.
        hub: where the hub holds the data; None if it does not.
        columns: columns of CSV and TSV files that have no header; empty where the first line names them.
    """

    title: str
    files: Mapping[str, Sequence[str]]
    folder: DataFolder | None
    hub: HubSource | None = None
    columns: Sequence[str] = ()
    _digests: list[bytes] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 of everything read so far."""
        return self.folder.digest if self.folder is not None else hash_contents(self._digests)

    def rows(self, split: str) -> list[dict[str, Any]]:
        """The rows of a split, in the order of its files.

        Raises:
            NotFound: there is no file of the split.
            BadInput: a file cannot be read, or the hub has another version of the data.
        """
        if self.folder is None:
            return self._hub_rows(split)
        names = _names(self.folder.path, self.files[split])
        if not names:
            raise MissingData(
                f"expected the split {split} of {self.title} as {' or '.join(self.files[split])} in "
                f"{str(self.folder.path)!r}, found none; fetch it",
                Cause(CauseCode.no_file, name=str(self.folder.path / self.files[split][0])),
            )
        return [row for name in names for row in read_content(name, self.folder.content(name), self.columns)]

    def _hub_rows(self, split: str) -> list[dict[str, Any]]:
        if self.hub is None:
            raise MissingData(
                f"expected {self.title} in a data folder, because the hub does not hold it; name one with --data-dir",
                Cause(CauseCode.no_folder, name=self.title, text="hub:"),
            )
        rows = load_from_hub(self.hub, split)
        found, known = rows_digest(rows), self.hub.digests.get(split)
        if known not in (None, found):
            raise TaskProblem(
                f"expected the split {split} of {self.hub.name} with the digest {known}, got {found}; the hub has "
                "another version of the data",
                Cause(CauseCode.other_data, name=self.title, text=found[:12]),
            )
        self._digests.append(found.encode())
        return rows


def open_published(
    data_dir: Path,
    *,
    folders: Sequence[str],
    files: Mapping[str, Sequence[str]],
    title: str,
    hub: HubSource | None = None,
    columns: Sequence[str] = (),
) -> PublishedData:
    """Find the data of a task.

    Args:
        data_dir: folder to search in, tried itself last; `HUB` for the hub.
        folders: relative paths of the folders that may hold the data.
        files: names or patterns of the files of each split; a folder holds the data if it has a file of the first one.
        title: title of the data, for messages.
        hub: where the hub holds the data.
        columns: columns of CSV and TSV files that have no header.

    Raises:
        NotFound: no folder has a file of the first split.
    """
    if data_dir == HUB:
        return PublishedData(title, files, None, hub)
    first = next(iter(files.values()))
    for folder in (*(data_dir / name for name in folders), data_dir):
        if _names(folder, first):
            return PublishedData(title, files, DataFolder(folder), hub, columns)
    raise MissingData(
        f"expected the data of {title} in a folder {' or '.join(folders)} below {str(data_dir)!r} with {first[0]} in "
        "it, found none; fetch it and name the folder with --data-dir",
        Cause(CauseCode.no_folder, name=title, text=first[0]),
    )


def read_content(name: str, content: bytes, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of a file's content; the format follows the name, and JSON may be a list, or lines.

    Args:
        name: name of the file.
        content: unpacked bytes of the file.
        columns: columns of a CSV or TSV file without a header.

    Raises:
        BadInput: the content is not of that format.
    """
    ending = Path(name.removesuffix(".gz")).suffix.lower()
    if ending == ".parquet" or content[:4] == b"PAR1":
        parquet = importlib.import_module("pyarrow.parquet")
        try:
            return list(parquet.read_table(io.BytesIO(content)).to_pylist())
        except (OSError, ValueError) as error:
            raise BadInput(f"expected Parquet in {name}, but {error}; fetch it again") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"expected UTF-8 in {name}, got byte 0x{content[error.start]:02x}; fetch it again") from error
    if ending in (".csv", ".tsv"):
        return _csv_rows(name, text, "\t" if ending == ".tsv" else ",", columns)
    return _json_rows(name, text, is_lines=ending == ".jsonl")


def rows_digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over the rows as canonical JSON, each preceded by its length."""
    return hash_contents([canonical_json(row).encode() for row in rows])


def load_from_hub(source: HubSource, split: str) -> list[dict[str, Any]]:
    """The rows of a split on the hub.

    Raises:
        BadInput: the library `datasets` is not installed, or the hub cannot be reached or has no such data.
    """
    try:
        datasets: Any = importlib.import_module("datasets")
    except ModuleNotFoundError:
        raise _problem(
            f"expected the library datasets to read {source.name} from the hub, found none; "
            "install it: pip install 'evenhand[datasets]', or name a folder with --data-dir"
        ) from None
    try:
        found = datasets.load_dataset(source.name, source.config or None, split=split, revision=source.revision or None)
    except Exception as error:
        text = str(error).strip().split("\n", 1)[0]
        raise _problem(
            f"expected {source.name} from the hub, but {type(error).__name__}: {text}; check the network, or name a "
            "folder with --data-dir"
        ) from error
    return [dict(row) for row in found]


def cell(row: Mapping[str, Any], *names: str, key: str, title: str) -> Any:  # noqa: ANN401  cells have any type
    """The first of several columns that a row has, since layouts name them differently.

    Raises:
        TaskProblem: the row has none of them, as with another version of the data.
    """
    for name in names:
        if name in row and row[name] is not None:
            return row[name]
    columns = ", ".join(map(str, row)) or "none"
    raise TaskProblem(
        f"expected the column {' or '.join(names)} in row {key} of {title}, got {columns}; the data may be of another "
        "version",
        Cause(CauseCode.missing_column, name=names[0], text=columns[:200]),
    )


def option_letter(
    answer: object, count: int, *, key: str, title: str, first: int = 0, labels: Sequence[str] = ()
) -> str:
    """The letter of the option that a published answer names by its number, label or letter.

    Args:
        answer: number, digits, label or letter.
        count: number of options.
        key: key of the item, for messages.
        title: title of the data, for messages.
        first: number of the first option.
        labels: labels of the options where they are not letters from A.

    Raises:
        TaskProblem: the answer names no option.
    """
    text = str(answer).strip()
    known = list(labels) or list(LETTERS[:count])
    if text in known:
        return LETTERS[known.index(text)]
    place = int(text) - first if text.lstrip("-").isdecimal() else -1
    if 0 <= place < count:
        return LETTERS[place]
    raise TaskProblem(
        f"expected an answer among {', '.join(known)} in row {key} of {title}, got {text!r}; the data may be of "
        "another version, or its test split has no answers",
        Cause(CauseCode.wrong_answer, name=key, text=text[:80]),
    )


def references(found: Sequence[object], *, key: str, title: str) -> tuple[str, ...]:
    """The accepted answers of an item without empty ones and without repetitions.

    Raises:
        TaskProblem: none is left.
    """
    texts = tuple(dict.fromkeys(text for one in found if one is not None and (text := str(one).strip())))
    if not texts:
        raise TaskProblem(
            f"expected an answer in row {key} of {title}, got none; take the split that has answers",
            Cause(CauseCode.no_reference, name=key),
        )
    return texts


def _names(folder: Path, patterns: Sequence[str]) -> list[str]:
    """The files of the first pattern that has any, sorted, so that parts of a file are in order."""
    for pattern in patterns:
        endings = ("",) if Path(pattern).suffix in (*_ENDINGS, ".txt", ".xml") else _ENDINGS
        for ending in endings:
            found = {
                path.relative_to(folder).as_posix().removesuffix(".gz")
                for packed in ("", ".gz")
                for path in folder.glob(f"{pattern}{ending}{packed}")
                if path.is_file()
            }
            if found:
                return sorted(found)
    return []


def _csv_rows(name: str, text: str, delimiter: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    csv.field_size_limit(_LARGEST_CELL)
    is_quoted = delimiter != "\t" or text.count('"') % 2 == 0  # TSV files often have quotation marks as plain text
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    stream = io.StringIO(text, newline="")
    reader = csv.DictReader(stream, columns or None, delimiter=delimiter, strict=is_quoted, quoting=quoting)
    try:
        for row in reader:
            extra = row.pop(None, [])
            if any(extra) or None in row.values():
                raise BadInput(
                    f"expected {len(reader.fieldnames or ())} columns in each row, but {name}:{reader.line_num} has "
                    "another number; fetch the file again"
                )
            rows.append(dict(row))
    except csv.Error as error:
        raise BadInput(f"expected CSV in {name}, but {error}; fetch the file again") from error
    return rows


def _json_rows(name: str, text: str, *, is_lines: bool) -> list[dict[str, Any]]:
    whole: object = None
    try:
        whole = [] if is_lines else json.loads(text)
    except ValueError:
        is_lines = True
    if is_lines:
        whole = [_json_line(name, number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list) and value]
        whole = lists[0] if len(lists) == 1 and isinstance(lists[0][0], dict) else [whole]
    if isinstance(whole, list) and whole and all(isinstance(row, list) for row in whole):
        return [{UNNAMED: row} for row in whole]
    if not isinstance(whole, list) or not all(isinstance(row, dict) for row in whole):
        raise BadInput(f"expected a list of JSON objects in {name}, got something else; fetch the file again")
    return whole


def _json_line(name: str, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        raise BadInput(f"expected one JSON object per line, but {name}:{number} is not ({error})") from error


def _problem(message: str) -> TaskProblem:
    return TaskProblem(message, Cause(CauseCode.message, text=message))
