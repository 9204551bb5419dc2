"""Comparing a database with the tables of this release. It needs no version table, so it works with every setup."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Connection, Inspector, MetaData, Table, inspect
from sqlalchemy.orm import DeclarativeBase

from quizkit.models import TableConfig, mount
from quizkit.models._config import DEFAULT, TENANT

__all__ = ["Owned", "check", "reference_metadata"]


@functools.lru_cache(maxsize=32)
def reference_metadata(config: TableConfig) -> MetaData:
    """Return the tables of this release for a configuration, without the parts that belong to the host."""
    # Foreign keys to the host's users and tenants belong to the host: packaged revisions never reference its tables.
    tenant = config.tenant and config.tenant.without_key()
    config = replace(config, subject=config.subject.without_key(), tenant=tenant)
    if config == DEFAULT:
        from quizkit.models import models  # noqa: PLC0415 - the ready-made classes are mapped at first use

        return models.metadata
    base: Any = type("Reference", (DeclarativeBase,), {"metadata": MetaData(), "__quizkit__": config})
    return mount(base, subject=config.subject.type_).metadata


class Owned:
    """The parts of a database that belong to quizkit; everything else, even in these tables, belongs to the host."""

    def __init__(self, *configs: TableConfig) -> None:
        tables = [item for config in configs for item in reference_metadata(config).tables.items()]
        self.version_tables: Final = {config.qualified("alembic_version") for config in configs}
        self.columns: Final = {key: {c.name for c in table.columns} for key, table in tables}
        self.names: Final = {key: _names(table) for key, table in tables}

    def key_of(self, table: Any) -> str:
        """Return the key of a table. A reflected one without a schema is in the default schema, which may have a name."""
        if table.schema is not None:
            return f"{table.schema}.{table.name}"
        named = (key for key in (*self.columns, *self.version_tables) if key.rpartition(".")[2] == table.name)
        return str(table.name) if table.name in self.columns else next(named, str(table.name))

    def has(self, table: str, kind: str, name: str | None) -> bool:
        """Return whether a column, an index or a constraint of a table belongs to quizkit."""
        return name in (self.columns if kind == "column" else self.names).get(table, ())


def _names(table: Table) -> set[str | None]:
    named = [item.name for item in table.indexes] + [item.name for item in table.constraints]
    return {str(name) for name in named if name is not None}


def as_translated(connection: Connection, config: TableConfig) -> TableConfig:
    """Return the configuration in the schema to which the connection translates that of the tables.

    The default schema is None, as Alembic calls it.
    """
    names = connection.get_execution_options().get("schema_translate_map") or {}
    name = names.get(config.schema, config.schema)
    name = None if name == connection.dialect.default_schema_name else name
    return config if name == config.schema else replace(config, schema=name)


def check(connection: Connection, config: TableConfig) -> list[str]:
    """Return the differences, one sentence each. Additions of the host to the tables are ignored."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - Alembic loads when a migration runs
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - Alembic loads when a migration runs

    config = as_translated(connection, config)
    expected, owned = reference_metadata(config), Owned(config)

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema":
            return name == config.schema
        table = parents["schema_qualified_table_name"]
        return table in expected.tables if kind == "table" else owned.has(table, kind, name)

    options = {"compare_type": True, "include_name": include_name, "include_schemas": config.schema is not None}
    context = MigrationContext.configure(connection, opts={**options, "target_metadata": expected})
    # quizkit's tables have no comments, so one is the host's, from its `__table_args__`.
    differences = [one for one in compare_metadata(context, expected) if one[0] != "remove_table_comment"]
    found = [_described(difference) for difference in differences]
    inspector = inspect(connection)
    for table in expected.sorted_tables:
        if inspector.has_table(table.name, schema=table.schema):
            found += _unseen(inspector, table)
    return found


def other_ids(connection: Connection, config: TableConfig) -> list[str]:
    """Return how the ids of tenants and users in the tables differ from a configuration, one sentence each.

    Tables of the same names may have been mounted with others, and the version table does not record them. All tables
    have the same ids, so those of the attempts, which have both, are compared.
    """
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - as above

    inspector, impl = inspect(connection), MigrationContext.configure(connection).impl
    (table,) = (one for one in reference_metadata(config).sorted_tables if one.name == config.table("attempt"))
    stored = {one["name"]: one["type"] for one in inspector.get_columns(table.name, schema=table.schema)}
    found = list[str]()
    if (TENANT in stored) is not (config.tenant is not None):
        found.append(f"{table.name} has {'no ' if config.tenant else ''}tenants")
    found += [
        f"{table.name}.{name} has the type {stored[name]}"
        for name in (TENANT, "taker_id")
        if name in stored and name in table.c and impl.compare_type(Column(name, stored[name]), table.c[name])
    ]
    return found


def _described(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_described(entry) for entry in difference)
    kind, *rest = difference
    names = [str(getattr(part, "name", part)) for part in rest if part is not None and not isinstance(part, dict)]
    return f"{kind.replace('_', ' ')}: {' '.join(names)}"


def _unseen(inspector: Inspector, table: Table) -> Iterator[str]:
    """Yield differences that Alembic's comparison ignores: primary keys, checks, ON DELETE, collations."""
    stored = inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
    wanted = [column.name for column in table.primary_key.columns]
    if stored != wanted:
        yield f"primary key of {table.name} is ({', '.join(stored)}), not ({', '.join(wanted)})"
    checks = {check["name"] for check in inspector.get_check_constraints(table.name, schema=table.schema)}
    for constraint in sorted(str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)):
        if constraint not in checks:
            yield f"check {constraint} of {table.name} is missing"
    rules = {
        key["name"]: key["options"].get("ondelete", "RESTRICT")
        for key in inspector.get_foreign_keys(table.name, schema=table.schema)
    }
    for key in table.foreign_key_constraints:
        if rules.get(str(key.name), "RESTRICT") != key.ondelete:
            yield f"foreign key {key.name} of {table.name} is not ON DELETE {key.ondelete}"
    columns = {column["name"]: column["type"] for column in inspector.get_columns(table.name, schema=table.schema)}
    for column in table.columns:
        collation = getattr(column.type.dialect_impl(inspector.dialect), "collation", None)
        if collation and getattr(columns.get(column.name), "collation", collation) != collation:
            yield f"column {column.name} of {table.name} is not compared by code point (collation {collation})"
