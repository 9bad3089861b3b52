"""Check the pictures of a store: each has the digest that turns name it by, and none that is named is missing."""

from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from storage.conversations.shown_pictures import SHOWING, shown_pictures
from storage.database.columns import table_of
from storage.database.media_table import Media
from storage.media.pictures import digest_of

_MEDIA = table_of(Media)
_ROWS_PER_READ = 20


class PictureCheck(NamedTuple):
    """What a check of the pictures found.

    Attributes:
        pictures: number of pictures with their bytes.
        erased: number of pictures that were erased.
        unused: number of pictures with their bytes that no question, response or conversation shows.
        findings: a sentence for each fault.
    """

    pictures: int
    erased: int
    unused: int
    findings: list[str]


def check_pictures(session: Session) -> PictureCheck:
    """Read every picture, and the turns that name any."""
    findings: list[str] = []
    whole, erased, shown = set[str](), set[str](), set[str]()
    statement = select(_MEDIA.c.sha256, _MEDIA.c.erased_at, _MEDIA.c.data).order_by(_MEDIA.c.sha256)
    for digest, erased_at, data in session.execute(statement.execution_options(yield_per=_ROWS_PER_READ)):
        (whole if erased_at is None else erased).add(digest)
        if erased_at is not None and data is not None:
            findings.append(f"the picture {digest} was erased, but its bytes are there again")
        elif erased_at is None and data is None:
            findings.append(f"the bytes of the picture {digest} are gone, though nobody erased it")
        elif data is not None and digest_of(data) != digest:
            findings.append(f"the picture {digest} has other bytes than it was stored with")
    for table in SHOWING:
        for row, digest in shown_pictures(session, table):
            shown.add(digest)
            if digest not in whole and digest not in erased:
                findings.append(f"{table.name} {row} shows the picture {digest}, which is not in the store")
    return PictureCheck(len(whole), len(erased), len(whole - shown), findings)
