"""Reads the documents of a task from local files or the hub."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, MissingData
from objective.tasks.published_files import HubSource, PublishedData, open_published
from objective.tasks.task_files.fields import TaskFile

_FORMATS = ("json", "csv", "parquet", "text", "arrow")
"""Values of `dataset_path` that name a format; the files are then in `dataset_kwargs.data_files`."""


def open_documents(task: TaskFile, data_dir: Path) -> PublishedData:
    """Find the data of a task: its own files beside the task file, or the named data set below the data folder.

    Raises:
        NotFound: there is none.
    """
    path = task.text("dataset_path", "")
    config = task.text("dataset_name", "")
    options = task.values.get("dataset_kwargs") or {}
    given = options.get("data_files")
    splits = _splits(task)
    if given is not None or path in _FORMATS:
        return _own_files(task, given, splits, data_dir)
    local = task.folder / path
    if path and local.is_dir():
        data_dir = local
    last = path.rpartition("/")[2]
    bases = [path, last, path.replace("/", "__"), path.replace("/", "--")]
    folders = [f"{base}/{config}" for base in bases if config] + bases
    files = {split: _patterns(split, config) for split in splits}
    return open_published(data_dir, folders=folders, files=files, title=path, hub=HubSource(path, config))


def asked_split(task: TaskFile) -> str:
    """The split whose documents are asked."""
    return str(task.values.get("test_split") or task.values.get("validation_split") or "test")


def shown_split(task: TaskFile) -> str:
    """The split that examples come from."""
    config = task.values.get("fewshot_config") or {}
    names = ("fewshot_split", "training_split", "validation_split", "test_split")
    found = config.get("split") or next((task.values[name] for name in names if task.values.get(name)), None)
    return str(found or asked_split(task))


def read_examples(task: TaskFile, data: PublishedData) -> list[dict[str, Any]]:
    """The documents that examples come from; none where the task shows none and has no such split here."""
    config = task.values.get("fewshot_config") or {}
    if isinstance(config.get("samples"), list):
        return [dict(one) for one in config["samples"]]
    if shown_split(task) == asked_split(task):
        return []
    try:
        found = data.rows(shown_split(task))
    except MissingData:
        if task.values.get("num_fewshot"):
            raise
        return []
    places = config.get("fewshot_indices")
    return [found[place] for place in places if place < len(found)] if places else found


def _splits(task: TaskFile) -> list[str]:
    return list(dict.fromkeys([asked_split(task), shown_split(task)]))


def _patterns(split: str, config: str) -> Sequence[str]:
    named = (f"{config}/{split}", f"{config}_{split}", f"{config}/{split}-*", f"{config}-{split}") if config else ()
    return (*named, split, f"{split}-*", f"data/{split}-*", f"data/{split}", f"*_{split}", f"*-{split}")


def _own_files(task: TaskFile, given: object, splits: Sequence[str], data_dir: Path) -> PublishedData:
    by_split = given if isinstance(given, dict) else dict.fromkeys(splits, given)
    files: dict[str, list[str]] = {}
    for split, names in by_split.items():
        files[str(split)] = [str(name) for name in (names if isinstance(names, list) else [names])]
    wanted = {split: files[split] for split in splits if split in files}
    for folder in (task.folder, Path(), data_dir):
        if wanted and all((folder / name).is_file() for name in next(iter(wanted.values()))):
            return open_published(folder, folders=(), files=wanted, title=task.name)
    lacking = next(iter(files.values()), ["dataset_kwargs.data_files"])[0]
    raise MissingData(
        f"expected the data of {task.name} at {lacking!r} beside its task file or below --data-dir, found none",
        Cause(CauseCode.no_file, name=lacking),
    )
