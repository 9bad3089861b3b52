"""A download of rows with pictures is one archive, because their files lie beside the rows."""

import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.ui.admin.exports import _write
from storage.exchange.exporting import ExportKind
from storage.media.pictures import clean_picture
from tests.clocks import Clock
from tests.drawings import png
from tests.storage.files import QUESTION, bring, jsonl
from tests.stores import open_store


@pytest.mark.parametrize(("suffix", "holds_pictures"), [("jsonl", True), ("jsonl", False), ("parquet", True)])
def test_pictures_beside_the_rows_make_an_archive(tmp_path: Path, suffix: str, holds_pictures: bool) -> None:
    database = open_store(tmp_path / "store.db")
    (tmp_path / "cat.png").write_bytes(png())
    turns: list[Any] = [[{"type": "image", "path": "cat.png"}]] if holds_pictures else ["Who?"]
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [{**QUESTION, "turns": turns}]))
    services: Any = SimpleNamespace(database=database, clock=Clock())
    (tmp_path / "out").mkdir()
    written = _write(services, tmp_path / "out", ExportKind.questions, suffix)
    if suffix == "jsonl" and holds_pictures:
        rows = f"{written.stem}.jsonl"
        with zipfile.ZipFile(written) as archive:
            files = sorted(name for name in archive.namelist() if not name.endswith("/"))
        assert files == sorted([rows, f"media/{clean_picture(png()).sha256}.png"])
    else:
        assert written.suffix == f".{suffix}"
    database.close()
