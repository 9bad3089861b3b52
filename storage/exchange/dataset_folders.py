"""Folders of the Hugging Face `datasets` library: Parquet files with a card `README.md` that names them.

Source: https://huggingface.co/docs/hub/datasets-manual-configuration. The card begins with YAML between two lines of
`---`, in which `configs` gives the data files of each table.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from storage.errors import BadInput, Conflict
from storage.exchange.rows.canonical import RowKind
from storage.exchange.rows.files import SUFFIXES

CARD = "README.md"
CARD_CHARACTERS = 200_000
_MARK = "---"
_BESIDE = frozenset(("dataset_info.json", "dataset_dict.json", "dataset_infos.json", "state.json"))


def data_files(folder: Path) -> list[Path]:
    """The data files of a folder in the order of its card, or all files of rows in alphabetical order without one.

    Raises:
        BadInput: the card cannot be read or names a file outside of the folder, or there is no data file.
    """
    patterns = list(_patterns(_card(folder)))
    try:
        found = dict.fromkeys(path for pattern in patterns for path in sorted(folder.glob(pattern)))
    except (ValueError, NotImplementedError) as error:  # the latter is what Path.glob raises for an absolute pattern
        raise BadInput(
            f"{folder / CARD}: expected patterns of files, got one that is none ({error}); correct the card"
        ) from None
    except OSError as error:
        raise BadInput(
            f"{folder}: expected a folder that can be read, got an error ({error.strerror}); check its permissions"
        ) from None
    if not patterns:
        found = dict.fromkeys(path for path in sorted(folder.rglob("*")) if _is_data(path.relative_to(folder)))
    inside = folder.resolve()
    files = [path for path in found if path.is_file()]
    if any(not path.resolve().is_relative_to(inside) for path in files):
        raise BadInput(f"{folder / CARD}: expected data files in the folder, got one outside of it; correct the card")
    if not files:
        raise BadInput(f"expected data files in the folder {str(folder)!r}, got none; name a file or another folder")
    return files


@contextmanager
def written_folder(folder: Path) -> Iterator[Path]:
    """An empty folder for data files, which becomes `folder` at the end and is deleted after a failure.

    Raises:
        Conflict: the folder exists and is not empty.
        BadInput: the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"expected a new folder, but {str(folder)!r} exists already; choose another name")
    aside = folder.with_name(f".{folder.name}.part")
    try:
        try:
            (aside / "data").mkdir(parents=True)
            yield aside
            if folder.exists():
                folder.rmdir()
            aside.replace(folder)
        finally:
            for path in sorted(aside.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            if aside.exists():
                aside.rmdir()
    except OSError as error:
        raise BadInput(f"{str(folder)!r} cannot be written: {error.strerror}; check the folder") from error


def card(kinds: Iterable[RowKind], ledger_head: str | None) -> str:
    """The card of a folder with one data file for each kind of row, and the head of the ledger at the export."""
    configs = [{"config_name": kind.value, "data_files": f"data/{kind.value}.parquet"} for kind in kinds]
    head = yaml.safe_dump({"configs": configs}, sort_keys=False)
    body = "# Evenhand store\n\nRows exported by Evenhand; `evenhand import` reads this folder.\n"
    if ledger_head is not None:
        body += f"\nLedger head: `{ledger_head}`; `evenhand store verify --head README.md` checks a store against it.\n"
    return f"{_MARK}\n{head}{_MARK}\n\n{body}"


def _card(folder: Path) -> dict[str, Any]:
    """The YAML of a card; empty without one."""
    try:
        text = (folder / CARD).read_text(encoding="utf-8-sig")[:CARD_CHARACTERS]
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{folder / CARD}: expected text in UTF-8, got a file that cannot be read ({error})") from None
    if not text.startswith(_MARK):
        return {}
    head = text.split(_MARK, 2)[1]
    try:
        found = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise BadInput(f"{folder / CARD}: expected YAML at the head of the card, got an error ({error})") from None
    return found if isinstance(found, dict) else {}


def _patterns(content: dict[str, Any]) -> Iterator[str]:
    """The patterns of data files that a card names."""
    configs = content.get("configs")
    for config in configs if isinstance(configs, list) else ():
        named = config.get("data_files") if isinstance(config, dict) else None
        for entry in named if isinstance(named, list) else [named]:
            paths = entry.get("path") if isinstance(entry, dict) else entry
            for path in paths if isinstance(paths, list) else [paths]:
                if isinstance(path, str) and path:
                    yield path


def _is_data(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    is_hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not is_hidden and name not in _BESIDE and name.endswith(tuple(SUFFIXES))
