"""Dialects of endpoints: the form in which one takes the requests for a model, so that later commands start with it.

A dialect belongs to no judge, response or prediction: it changes how a request is spelled, not what is asked for.
Addresses may hold secrets, so only a digest of them is stored.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.tables import EndpointDialect
from storage.values import Json, canonical_json, digest

_DIALECT = table_of(EndpointDialect)


def stored_dialect(session: Session, address: str, path: str, model: str) -> Json:
    """The dialect in which an endpoint last took requests for a model; empty for the plain one or an unknown one."""
    found = session.execute(select(_DIALECT.c.dialect).where(_DIALECT.c.target == _target(address, path, model)))
    return dict(found.scalar() or {})


def store_dialect(session: Session, address: str, path: str, model: str, dialect: Json, *, now: datetime) -> None:
    """Store the dialect in which an endpoint takes requests for a model, in the place of an earlier one."""
    insert = sqlite.insert if session.connection().dialect.name == "sqlite" else postgresql.insert
    values = {"model": model, "dialect": dialect, "found_at": now}
    row = insert(_DIALECT).values(target=_target(address, path, model), **values)
    session.execute(row.on_conflict_do_update(index_elements=[_DIALECT.c.target], set_=values))


def _target(address: str, path: str, model: str) -> str:
    return digest(canonical_json([address, path, model]))
