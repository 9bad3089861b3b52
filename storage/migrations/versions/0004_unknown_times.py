"""Votes, judgments and scores whose file has no time: the time is unknown instead of that of the import.

No row changes, so neither do the digests of the ledger. SQLite cannot drop a constraint, and copying the tables of a
large store takes minutes; its documentation (https://www.sqlite.org/lang_altertable.html, section 7) allows to change
the declaration of a table where the content on disk stays as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = ("preference", "judgement", "satisfaction")


def upgrade() -> None:
    """Let the times of the three tables be null."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        for table in TABLES:
            op.alter_column(table, "created_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        return
    version = int(connection.exec_driver_sql("PRAGMA schema_version").scalar_one())
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, 'created_at DATETIME NOT NULL', 'created_at DATETIME') "
        "WHERE type = 'table' AND name IN (?, ?, ?)",
        TABLES,
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
