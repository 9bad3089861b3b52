"""The table of pictures; turns name them by digest."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from storage.database.columns import DIGEST, MOMENT, WORD


class Media(SQLModel, table=True):
    """A picture as it is shown: `sha256` is the digest of `data`, `origin` that of the bytes as they came.

    `data` is null once the picture was erased.
    """

    sha256: str = Field(primary_key=True, sa_type=DIGEST)
    origin: str = Field(index=True, sa_type=DIGEST)
    type: str = Field(sa_type=WORD)
    width: int
    height: int
    size: int
    data: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=MOMENT)
    erased_at: datetime | None = Field(default=None, sa_type=MOMENT)
