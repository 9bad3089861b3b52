"""A session or the bare connection beneath it.

What every vote passes through takes a connection, because a session's bookkeeping costs as much as the
statement; what imports, pages and commands call takes a session. Some functions serve both.
"""

from sqlalchemy import Connection
from sqlmodel import Session

Sql = Session | Connection


def connection_of(sql: Sql) -> Connection:
    """The connection that a statement goes to."""
    return sql if isinstance(sql, Connection) else sql.connection()


def is_postgres(sql: Sql) -> bool:
    """Whether statements go to PostgreSQL, where locks must be asked for."""
    return connection_of(sql).dialect.name == "postgresql"
