"""quizkit's own Alembic environment, run by `quizkit.migrations`. Configures no logging and makes no engine."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from quizkit.errors import Misuse
from quizkit.models import TableConfig

_connection = context.config.attributes.get("connection")
_tables = context.config.attributes.get("quizkit")
if not isinstance(_connection, Connection) or not isinstance(_tables, TableConfig):
    raise Misuse("migrations_direct", "Run these migrations with `quizkit db` or `quizkit.migrations.upgrade`")

context.configure(
    connection=_connection,
    version_table=_tables.table("alembic_version"),
    version_table_schema=_tables.schema,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
