"""Helpers that packaged revisions may import. Frozen: released revisions keep importing them.

They handle the host's `TableConfig` (prefix, schema, types of ids, tenants) and the differences between databases, so
that a revision declares each table once. On a database that cannot roll back DDL (MariaDB) every step skips what exists
already, so that an interrupted revision can be run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateSchema
from sqlalchemy.types import TypeEngine

from quizkit.errors import UsageError
from quizkit.models import TableConfig, config_of
from quizkit.models._config import configs_of
from quizkit.sessions import in_transaction

__all__ = [
    "check",
    "config",
    "create_index",
    "create_schema",
    "create_table",
    "drop_table",
    "given",
    "identity",
    "moment",
    "of_prefix",
    "points",
    "refers",
    "refuse_other",
    "unique",
    "words",
]

_MARIADB: Final = ("mysql", "mariadb")


_GIVEN: Final[ContextVar[TableConfig | None]] = ContextVar("quizkit_table_config", default=None)


@contextmanager
def given(config: TableConfig | None) -> Iterator[None]:
    """Use this configuration for the tables while the block runs, if it is not None."""
    token = _GIVEN.set(config)
    try:
        yield
    finally:
        _GIVEN.reset(token)


def of_prefix(prefix: str | None) -> TableConfig | None:
    """Return the configuration in the host's metadata that has a prefix; None for no prefix.

    Raises:
        UsageError: `tables_unknown`: there is none with this prefix; `tables_several`: there are two, in two schemas.
    """
    if prefix is None:
        return None
    found = configs_of(op.get_context().opts.get("target_metadata"))
    named = [one for one in found if one.prefix == prefix]
    if not named:
        raise UsageError(
            "tables_unknown",
            f"The target_metadata of your env.py has no tables of quizkit with the prefix {prefix}: import the module "
            f"that mounts them there, and use the metadata of its base. {_mounted(found)}",
        )
    if len(named) > 1:
        raise UsageError(
            "tables_several",
            "Several sets of quizkit's tables have this prefix, in different schemas: pass config= instead of prefix=",
        )
    return named[0]


def refuse_other(config: TableConfig) -> None:
    """Refuse a configuration if the host's metadata has tables of quizkit, and none of this configuration.

    Raises:
        UsageError: `tables_unknown`.
    """
    found = configs_of(op.get_context().opts.get("target_metadata"))
    if found and config not in found:
        raise UsageError(
            "tables_unknown",
            f"The step is for tables with the prefix {config.prefix}, and the target_metadata of your env.py has others "
            f"of quizkit: write their models.config. {_mounted(found)}",
        )


def _mounted(found: Sequence[TableConfig]) -> str:
    prefixes = ", ".join(one.prefix or "none" for one in found)
    return f"Prefixes of the mounted tables: {prefixes}" if found else "It has no mounted tables at all"


def config() -> TableConfig:
    """Return the configuration of this run: the given one, else that of the runner, else that of the host's metadata."""
    context = op.get_context()
    of_runner = context.config.attributes.get("quizkit") if context.config is not None else None
    for found in (_GIVEN.get(), of_runner):
        if isinstance(found, TableConfig):
            return found
    return config_of(context.opts.get("target_metadata"))


def _again() -> bool:
    """Return whether steps skip what exists already: only if a failure can leave a revision half done.

    That applies to MariaDB, and to SQLite in a host's env.py if its driver begins no transaction before DDL.
    """
    context = op.get_context()
    if context.dialect.name == "sqlite" and context.connection is not None and not context.as_sql:
        return not in_transaction(context.connection)
    return context.dialect.name in _MARIADB


# ---------------------------------------------------------------------------------------------- types


def identity() -> TypeEngine[Any]:
    """Return the type of an id; on MariaDB it is 32 hexadecimal digits."""
    return sa.Uuid().with_variant(sa.Uuid(native_uuid=False), *_MARIADB)


def words(length: int) -> TypeEngine[Any]:
    """Return the type of a text; on MariaDB it is compared by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="utf8mb4_nopad_bin"), *_MARIADB)


def points(digits: int) -> TypeEngine[Any]:
    """Return numeric(digits, 7); on SQLite, which has no decimals, an integer number of ten-millionths."""
    return sa.Numeric(digits, 7).with_variant(sa.BigInteger(), "sqlite")


def moment() -> TypeEngine[Any]:
    """Return a time with zone; on MariaDB, which has no such type, a time with microseconds."""
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), *_MARIADB)


# ---------------------------------------------------------------------------------------------- constraints


def refers(role: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key to another table of quizkit."""
    c = config()
    target = [f"{c.qualified(to)}.{name}" for name in c.key("id")]
    return sa.ForeignKeyConstraint(c.key(column), target, name=c.name("fk", role, column), ondelete="RESTRICT")


def unique(role: str, *columns: str, name: str | None = None) -> sa.UniqueConstraint:
    """Return a unique key, with the tenant first if there are tenants."""
    c = config()
    return sa.UniqueConstraint(*c.key(*columns), name=c.name("uq", role, *([name] if name else columns)))


def check(role: str, name: str, rule: str) -> sa.CheckConstraint:
    """Return a CHECK constraint."""
    return sa.CheckConstraint(rule, name=config().name("ck", role, name))


# ---------------------------------------------------------------------------------------------- steps


def create_schema() -> None:
    """Create the schema of the tables, if one is configured and the database supports schemas."""
    c = config()
    if c.schema and op.get_context().dialect.name != "sqlite":
        op.execute(CreateSchema(c.schema, if_not_exists=True))


def create_table(role: str, *parts: Any, key: Sequence[str] = ("id",)) -> None:
    """Create a table; with tenants, also their column."""
    c = config()
    tenant = [sa.Column("tenant_id", c.tenant.type_, nullable=False)] if c.tenant is not None else []
    primary = sa.PrimaryKeyConstraint(*c.key(*key), name=c.name("pk", role))
    op.create_table(c.table(role), *tenant, *parts, primary, schema=c.schema, if_not_exists=_again())


def create_index(role: str, name: str, *columns: str) -> None:
    """Create an index, with the tenant first if there are tenants."""
    c = config()
    op.create_index(c.name("ix", role, name), c.table(role), c.key(*columns), schema=c.schema, if_not_exists=_again())


def drop_table(role: str) -> None:
    """Drop a table with its rows."""
    c = config()
    op.drop_table(c.table(role), schema=c.schema, if_exists=_again())
