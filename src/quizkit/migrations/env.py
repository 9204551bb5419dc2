"""quizkit's own Alembic environment, run by `quizkit.migrations`. It configures no logging and creates no engine."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import CreateSchema

from quizkit.errors import UsageError
from quizkit.models import TableConfig

_tables = context.config.attributes.get("quizkit")
_connection = context.config.attributes.get("connection")
_offline = context.is_offline_mode()
if not isinstance(_tables, TableConfig) or not (_offline or isinstance(_connection, Connection)):
    raise UsageError("migrations_direct", "Run these migrations with `quizkit db` or `quizkit.migrations.upgrade`")

_where: dict[str, Any] = {"connection": _connection}
if _offline:
    _where = {"dialect_name": context.config.attributes.get("dialect"), "literal_binds": True}
context.configure(
    **_where,
    version_table=_tables.table("alembic_version"),
    version_table_schema=_tables.schema,
    transaction_per_migration=False,
)
with context.begin_transaction():
    if _offline and _tables.schema:  # the version table is in the schema and is created first
        context.execute(CreateSchema(_tables.schema, if_not_exists=True))
    context.run_migrations()
