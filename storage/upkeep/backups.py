"""Back up a SQLite store while it is in use, and restore one after checking it.

A database server has tools of its own for both.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from storage.database.engine import open_database
from storage.database.migrating import copy_store
from storage.errors import Conflict, StoreDamaged, StoreError
from storage.upkeep.heads import LedgerHead
from storage.upkeep.verification import StoreCheck, verify

LOGS = ("-wal", "-shm", "-journal")


def back_up(source: Path, target: Path, *, force: bool = False) -> StoreCheck:
    """Copy a store to a file and check the copy; other processes may go on writing to the store.

    Args:
        source: the store.
        target: file of the backup.
        force: whether to replace an existing file.

    Raises:
        Conflict: the target exists.
        StoreError: the store cannot be read or the target cannot be written.
    """
    _refuse_existing(target, force=force)
    _refuse_same(source, target)
    copy_store(source, target)
    return _checked(target)


def restore(backup: Path, target: Path, heads: Sequence[LedgerHead] = (), *, force: bool = False) -> StoreCheck:
    """Put a backup in the place of a store, if nothing is wrong with it.

    The backup is copied beside the target, migrated and checked there, and then renamed, so that a server that still
    uses the old file notices and refuses votes.

    Args:
        backup: file of the backup, which is not changed.
        target: file of the store.
        heads: heads that the store had when the backup was made, or before.
        force: whether to replace an existing store.

    Returns:
        The check of the backup; the target is only replaced if it is `ok`.

    Raises:
        Conflict: the target exists.
        StoreError: the backup is no store, or the target cannot be written.
    """
    _refuse_existing(target, force=force)
    if not backup.is_file() or backup.stat().st_size == 0:
        raise StoreError(f"expected a backup, but there is none at {str(backup)!r}; check the path")
    _refuse_same(backup, target)
    aside = target.with_name(f"{target.name}.restored")
    try:
        copy_store(backup, aside)
        try:
            check = _checked(aside, heads)
        finally:
            for path in target.parent.glob(f"{aside.name}.before-*"):
                path.unlink()
        if check.ok:
            for ending in LOGS:
                target.with_name(target.name + ending).unlink(missing_ok=True)
            aside.replace(target)
    except OSError as error:
        raise StoreError(
            f"expected to write the store {str(target)!r}, but that failed ({error.strerror}); check its folder"
        ) from error
    finally:
        for ending in ("", *LOGS):
            with suppress(OSError):
                aside.with_name(aside.name + ending).unlink(missing_ok=True)
    return check


def _checked(path: Path, heads: Sequence[LedgerHead] = ()) -> StoreCheck:
    database = open_database(str(path), create=False)
    try:
        return verify(database, heads)
    finally:
        database.close()


def _refuse_existing(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise Conflict(f"expected a new file, but {str(target)!r} exists; choose another name or give --force")


def _refuse_same(source: Path, target: Path) -> None:
    if source.resolve() == target.resolve():
        raise Conflict(f"expected two files, got {str(source)!r} twice; name another one")
    if not source.exists():
        raise StoreDamaged(f"expected a store, but there is none at {str(source)!r}; check the path")
