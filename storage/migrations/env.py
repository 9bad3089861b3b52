"""Alembic's entry: run the migrations on the connection that `storage.database.migrating` hands over.

For a developer's `alembic revision --autogenerate` the connection comes from `-x url=…`.
"""

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

from storage.database import (
    audit_tables,
    conversation_tables,
    evaluation_tables,
    ledger_tables,
    media_table,
    quality_tables,
    tables,
)

TABLES = (tables, ledger_tables, evaluation_tables, audit_tables, quality_tables, conversation_tables, media_table)
"""Importing them is what fills the metadata."""


def run(connection: Connection) -> None:
    """Configure Alembic for one connection and upgrade."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transactional_ddl=False,  # the caller's transaction is the only one
    )
    context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as own:
        run(own)
