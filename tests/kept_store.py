"""One store in PostgreSQL for many tests: emptied after each, and given up where a test changed more than rows."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy import make_url

VERSIONS = "alembic_version"
"""The only table that is not empty in an empty store."""

CATALOGUES = (
    "attribute",
    "constraint",
    "index",
    "trigger",
    "attrdef",
    "proc",
    "rewrite",
    "namespace",
    "db_role_setting",
)
"""Where PostgreSQL notes what makes up a schema; each row knows the transaction that wrote it."""


class KeptStore:
    """An empty store that is lent, and empty again when it comes back.

    Each borrower has a role of its own: whoever keeps the URL for longer can neither read nor write any more.

    Attributes:
        url: the store as the server's owner reaches it.
        is_empty: whether the last borrower left nothing; never again true once one changed the schema.
    """

    def __init__(self, url: str) -> None:
        """Keep a store that nobody used yet.

        Args:
            url: reaches it as a superuser.
        """
        self.url = url
        engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
        self._sql = engine.connect()  # for the life of the store: a new one would have to read about all tables
        self._tables = sorted(set(sqlalchemy.inspect(self._sql).get_table_names()) - {VERSIONS})
        self._sql.exec_driver_sql("SET session_replication_role = replica")  # rows go without a look at what names them
        self._schema = self._seen_schema()
        self.is_empty = True

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of the store for one borrower."""
        role = f"borrower_{uuid.uuid4().hex[:12]}"
        password = make_url(self.url).password or ""
        self._sql.exec_driver_sql(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{password}'")
        self.is_empty = False
        try:
            yield make_url(self.url).set(username=role).render_as_string(hide_password=False)
        finally:
            self._sql.exec_driver_sql(f"ALTER ROLE {role} NOLOGIN")
            self._end_other_connections()
        if self._seen_schema() == self._schema:
            self._sql.exec_driver_sql(f"DROP ROLE {role}")
            self._empty()
            self.is_empty = True

    def close(self) -> None:
        """End the connection to the store."""
        self._sql.close()

    def _end_other_connections(self) -> None:
        self._sql.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def _seen_schema(self) -> tuple[object, ...]:
        """Differs from what it was as soon as anything in the schema was changed, added or removed."""
        columns = [f"(SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_{name})" for name in CATALOGUES]
        columns.append(f"(SELECT string_agg(version_num, ' ') FROM {VERSIONS})")
        return tuple(self._sql.exec_driver_sql(f"SELECT {', '.join(columns)}").one())

    def _empty(self) -> None:
        """Remove all rows and let every number begin at 1; TRUNCATE would take as long as a new database."""
        held = ", ".join(f'EXISTS (SELECT FROM "{table}")' for table in self._tables)
        found = self._sql.exec_driver_sql(f"SELECT {held}").one()
        filled = [f'"{table}"' for table, is_filled in zip(self._tables, found, strict=True) if is_filled]
        if filled:
            self._sql.exec_driver_sql(";".join(f"DELETE FROM {table}" for table in filled))
            self._sql.exec_driver_sql(f"VACUUM {', '.join(filled)}")  # or rows to come would lie behind empty pages
        self._sql.exec_driver_sql("SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence")
