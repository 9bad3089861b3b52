"""Store, find and erase pictures, each once, by the SHA-256 of its bytes.

A picture that was erased stays erased, also when it is imported again: its row remains, because turns name it, and
the ledger's chain is over the turns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session

from storage.audit import Subject, record
from storage.database.bulk import in_lists, insert_rows
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.media_table import Media
from storage.errors import NotFound
from storage.media.pictures import Picture

_MEDIA = table_of(Media)
_FACTS = (_MEDIA.c.sha256, _MEDIA.c.type, _MEDIA.c.width, _MEDIA.c.height, _MEDIA.c.size, _MEDIA.c.erased_at)


@dataclass(frozen=True)
class PictureFacts:
    """What is known of a stored picture without its bytes; `erased_at` is the time when those were erased."""

    sha256: str
    type: str
    width: int
    height: int
    size: int
    erased_at: datetime | None


@dataclass(frozen=True)
class StoredPicture(PictureFacts):
    """A stored picture; `data` is None once it was erased."""

    data: bytes | None


def add_pictures(session: Session, pictures: Iterable[Picture], now: datetime) -> int:
    """Store the pictures that are not in the store, and return their number; call it in a writing session."""
    by_digest = {picture.sha256: picture for picture in pictures}
    for digest in find_pictures(session, by_digest):
        del by_digest[digest]
    names = ("sha256", "origin", "type", "width", "height", "size", "data", "created_at")
    rows = [
        (one.sha256, one.origin, one.type, one.width, one.height, len(one.data), one.data, now)
        for one in by_digest.values()
    ]
    insert_rows(session, _MEDIA, names, rows)
    return len(rows)


def has_pictures(sql: Sql) -> bool:
    """Whether the store has or had any picture."""
    return connection_of(sql).execute(select(_MEDIA.c.sha256).limit(1)).first() is not None


def find_picture(sql: Sql, sha256: str) -> StoredPicture | None:
    """A picture with its bytes, None if no such picture was ever stored."""
    row = connection_of(sql).execute(select(*_FACTS, _MEDIA.c.data).where(_MEDIA.c.sha256 == sha256)).first()
    return None if row is None else StoredPicture(*row)


def find_pictures(sql: Sql, digests: Iterable[str]) -> dict[str, PictureFacts]:
    """The pictures that are or were in the store, without their bytes, by digest."""
    found: dict[str, PictureFacts] = {}
    for some in in_lists(set(digests)):
        rows = connection_of(sql).execute(select(*_FACTS).where(_MEDIA.c.sha256.in_(some)))
        found.update((str(row.sha256), PictureFacts(*row)) for row in rows)
    return found


def known_origins(sql: Sql, origins: Iterable[str]) -> dict[str, str]:
    """The stored picture that bytes became or already are, by the digest of the bytes; new ones are left out."""
    found: dict[str, str] = {}
    for some in in_lists(set(origins)):
        known = or_(_MEDIA.c.origin.in_(some), _MEDIA.c.sha256.in_(some))
        rows = connection_of(sql).execute(select(_MEDIA.c.origin, _MEDIA.c.sha256).where(known)).all()
        found.update((str(origin), str(sha256)) for origin, sha256 in rows)
        found.update((str(sha256), str(sha256)) for _, sha256 in rows)
    return {origin: found[origin] for origin in set(origins) & set(found)}


def erase_picture(session: Session, sha256: str, now: datetime) -> None:
    """Erase the bytes of a picture for good; the turns that name it, and the ledger's chain, stay as they are.

    Raises:
        NotFound: there is no such picture, or it was erased before.
    """
    statement = update(_MEDIA).where(_MEDIA.c.sha256 == sha256, _MEDIA.c.erased_at.is_(None))
    if session.execute(statement.values(data=None, erased_at=now)).rowcount == 0:  # type: ignore[attr-defined]
        raise NotFound(
            f"no picture {sha256!r} is in the store, or it was erased before; "
            "expected the 64 hexadecimal digits by which an export names it"
        )
    record(session, Subject.picture, sha256, "erased")
