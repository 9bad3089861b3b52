"""Own questions in the layouts of published data; every question and answer here was written for these tests."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Content = Sequence[Mapping[str, Any]] | Sequence[Sequence[str]] | str


@dataclass(frozen=True)
class OwnData:
    """A task with a small file of its layout.

    Attributes:
        task: name of the task.
        files: contents by path: rows, rows without a header, or text.
        columns: columns that the task cannot do without, to be removed in tests.
        hub: the same rows in the layout of the hub, by path; empty if there is only one layout.
    """

    task: str
    files: Mapping[str, Any]
    columns: tuple[str, ...]
    hub: Mapping[str, Any] = field(default_factory=dict)


def write(folder: Path, files: Mapping[str, Any]) -> Path:
    """Write files and return their folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(name, content))
    return folder


def encoded(name: str, content: Any) -> bytes:
    """The bytes of a file in the format that its name tells."""
    if isinstance(content, str):
        return content.encode()
    if name.endswith(".parquet"):
        made = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(list(content)), made)
        return bytes(made.getvalue())
    if name.endswith((".csv", ".tsv")):
        text = io.StringIO(newline="")
        if isinstance(content[0], Mapping):
            writer = csv.DictWriter(text, list(content[0]))
            writer.writeheader()
            writer.writerows(content)
        else:
            csv.writer(text, delimiter="\t" if name.endswith(".tsv") else ",").writerows(content)
        return text.getvalue().encode()
    if name.endswith(".jsonl"):
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content).encode()
    return json.dumps(content, ensure_ascii=False).encode()
