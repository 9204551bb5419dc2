"""At which revision the tables are: what quizkit's own version table records, and tables that it does not know."""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from quizkit.errors import UsageError
from quizkit.migrations._check import reference_metadata
from quizkit.models import TableConfig
from quizkit.models._migrating import how_to_migrate
from quizkit.models._types import MARIADB

__all__ = ["current_revision", "is_unversioned", "refuse_unversioned"]


def current_revision(connection: Connection, config: TableConfig) -> str | None:
    """Return the recorded revision, None before the first."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - Alembic loads when a migration runs

    options = {"version_table": config.table("alembic_version"), "version_table_schema": config.schema}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def is_unversioned(connection: Connection, config: TableConfig) -> bool:
    """Return whether some of the tables exist, but no revision is recorded for them."""
    if current_revision(connection, config) is not None:
        return False
    inspector, tables = inspect(connection), reference_metadata(config).sorted_tables
    return any(inspector.has_table(table.name, schema=table.schema) for table in tables)


def refuse_unversioned(connection: Connection, config: TableConfig) -> None:
    """Raise `UsageError` if an upgrade would create tables that exist.

    Raises:
        UsageError: `tables_exist`.
    """
    if is_unversioned(connection, config) and not _may_be_interrupted(connection, config):
        raise UsageError(
            "tables_exist",
            "A table of quizkit already exists, but no version table says at which revision. "
            + how_to_migrate(config, alone="if create_all made them, run: quizkit db stamp"),
        )


def _may_be_interrupted(connection: Connection, config: TableConfig) -> bool:
    """Return whether a first upgrade may have stopped half-way: only MariaDB keeps what it has done until then."""
    version_table = config.table("alembic_version")
    return connection.dialect.name in MARIADB and inspect(connection).has_table(version_table, schema=config.schema)
