"""What every statement says about its tables: whose rows they are, and how fresh they must be."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, Final, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Insert,
    Table,
    TextClause,
    Update,
    bindparam,
    insert,
    inspect,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from quizkit.errors import Misuse
from quizkit.models import Models
from quizkit.models._config import TENANT as _COLUMN
from quizkit.models._row import Row, is_ours
from quizkit.models._types import ID, MARIADB

__all__ = [
    "ID",
    "MARIADB",
    "TENANT",
    "as_text",
    "change_of",
    "for_change",
    "fresh",
    "given_columns",
    "in_steps",
    "insert_into",
    "insert_new",
    "insert_of",
    "is_duplicate",
    "owned",
    "owned_alias",
    "postgresql",
    "through",
]

T = TypeVar("T")

TENANT: Final = "_tenant"
"""The bind that says whose rows a statement sees. It is required: leaving it out raises, and never leaks."""


def _tenant(table: Table) -> Any:
    return bindparam(TENANT, type_=table.c[_COLUMN].type, required=True)


def owned(m: Models[Any], *models: type[Row]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that rows are of the kit's tenant: one for each table, none where there are no tenants.

    Every table of a statement has its own, although foreign keys tie them together: so a sharded engine sends
    the statement to one place.
    """
    if m.config.tenant is None:
        return ()
    return tuple(m.table(model).c[_COLUMN] == _tenant(m.table(model)) for model in models)


def owned_alias(m: Models[Any], alias: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the same for a table that stands in a statement for the second time, under another name."""
    return () if m.config.tenant is None else (alias.c[_COLUMN] == _tenant(alias),)


def insert_into(m: Models[Any], model: type[Row], new: Callable[[Table], Insert] = insert) -> Insert:
    """Return an insert of rows that are of the kit's tenant; `new` is a dialect's own insert."""
    table = m.table(model)
    return new(table) if m.config.tenant is None else new(table).values({_COLUMN: _tenant(table)})


def insert_new(m: Models[Any], model: type[Row], dialect: str) -> Insert:
    """Return an insert that does nothing where the id is there already; MariaDB can only raise an error there."""
    table = m.table(model)
    if dialect in MARIADB:
        return insert_into(m, model)
    new: Any = insert_into(m, model, insert_of(dialect))
    made: Insert = new.on_conflict_do_nothing(index_elements=list(table.primary_key.columns)).returning(table.c.id)
    return made


def change_of(m: Models[Any], model: type[Row], names: Iterable[str]) -> Update:
    """Return an update of these columns of one row, whose version it raises; the values are `_` and the name."""
    table = m.table(model)
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in (*names, "updated_at")}
    this = update(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, model))
    return this.values(version=table.c.version + 1, **new)


def insert_of(dialect: str) -> Any:
    """Return the insert that knows what the dialect does on a conflict."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql  # noqa: PLC0415 - loads no dialect

        return insert_postgresql
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite  # noqa: PLC0415 - as above

        return insert_sqlite
    if dialect in MARIADB:
        from sqlalchemy.dialects.mysql import insert as insert_mariadb  # noqa: PLC0415 - as above

        return insert_mariadb
    raise Misuse("database_unsupported", "quizkit runs on PostgreSQL, SQLite and MariaDB")


def postgresql() -> Any:
    """Return a dialect of PostgreSQL; one without a driver, for a part of a statement."""
    from sqlalchemy.dialects.postgresql.base import PGDialect  # noqa: PLC0415 - importing quizkit loads no dialect

    made: Any = PGDialect
    return made()


def as_text(statement: Any, dialect: Any, columns: list[str] | None = None) -> TextClause:
    """Return a statement as text for a dialect, with the same parameters. `columns` are those given with each call."""
    named = type(dialect)(paramstyle="named")
    named._bind_typing_render_casts = False  # noqa: SLF001 - text() puts its own casts
    compiled = statement.compile(dialect=named, column_keys=columns)
    given = [
        bindparam(name, required=True, type_=part.type)
        if part.required
        else bindparam(name, part.value, type_=part.type)
        for part, name in compiled.bind_names.items()
    ]
    return text(compiled.string).bindparams(*given)


def given_columns(m: Models[Any], statement: Any) -> list[str]:
    """Return the columns of quizkit's that an insert is given with each call: all but the tenant's."""
    for model in (getattr(m, field.name) for field in fields(m)):
        if m.table(model) is getattr(statement, "table", None):
            return [key for key in inspect(model).column_attrs.keys() if key != _COLUMN and is_ours(model, key)]  # noqa: SIM118 - it iterates over attributes
    return []


def for_change(statement: Any, *, skip_locked: bool = False) -> Executable:
    """Return a select that locks rows for a change of anything but their keys.

    PostgreSQL then lets others refer to them meanwhile: a check of a foreign key, which it makes also for a row that is
    written twice in one transaction, would wait for a change that waits for that row.
    """
    found: Executable = statement.with_for_update(key_share=True, skip_locked=skip_locked)
    return found


def fresh(statement: Any, dialect: str) -> Executable:
    """Return a select that sees what others have committed, although the transaction may have read before.

    MariaDB's default, REPEATABLE READ, answers a plain select from the past while an insert meets the present;
    only a locking read sees what the insert will meet. Elsewhere a plain select does, or fails with 40001.
    """
    found: Executable = statement.with_for_update(read=True) if dialect in MARIADB else statement
    return found


def through(statement: T, table: Table, dialect: str, index: str = "PRIMARY") -> T:
    """Return a statement that finds the rows of a table through one index, for those that lock what they find.

    MariaDB locks every entry that it passes, and by default what is between them: through another index, which it
    takes when it believes it shorter, two who look for different rows wait for each other, or deadlock.
    """
    if dialect not in MARIADB:
        return statement
    quoted, hinted = index.replace("`", "``"), cast("Any", statement)
    return cast("T", hinted.with_hint(selectable=table, text=f"FORCE INDEX (`{quoted}`)"))


STEP: Final = 500


def in_steps(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield values some at a time, for statements with a parameter for each: drivers and databases have a limit."""
    waiting = iter(values)
    while step := list(itertools.islice(waiting, STEP)):
        yield step


_DUPLICATE: Final = 1062


def is_duplicate(error: IntegrityError) -> bool:
    """Return whether MariaDB refused a row because its key is there already."""
    return error.orig is not None and error.orig.args[:1] == (_DUPLICATE,)
