"""Differences between PostgreSQL, SQLite and MariaDB: locks, conflicts, and what a snapshot sees."""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

from sqlalchemy import Executable, Table, TextClause, bindparam, text
from sqlalchemy.exc import IntegrityError

from quizkit.errors import UsageError
from quizkit.models._types import MARIADB

__all__ = ["MARIADB", "as_text", "current_read", "for_change", "force_index", "insert_of", "is_duplicate", "postgresql"]

T = TypeVar("T")


def insert_of(dialect: str) -> Any:
    """Return the dialect's insert construct, which supports conflict clauses."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql  # noqa: PLC0415 - loads no dialect

        return insert_postgresql
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite  # noqa: PLC0415 - as above

        return insert_sqlite
    if dialect in MARIADB:
        from sqlalchemy.dialects.mysql import insert as insert_mariadb  # noqa: PLC0415 - as above

        return insert_mariadb
    raise UsageError("database_unsupported", "This database is not supported: use PostgreSQL, SQLite or MariaDB")


def postgresql() -> Any:
    """Return a PostgreSQL dialect without a driver, to compile a part of a statement."""
    from sqlalchemy.dialects.postgresql.base import PGDialect  # noqa: PLC0415 - importing quizkit loads no dialect

    dialect: Any = PGDialect
    return dialect()


def as_text(
    statement: Any, dialect: Any, columns: list[str] | None = None, *, schema: tuple[str | None, ...] = ()
) -> TextClause:
    """Return a statement as text for a dialect, with the same parameters.

    Args:
        statement: the statement.
        dialect: the dialect.
        columns: the columns whose values are passed with each call.
        schema: the schema of the tables, if connections translate it: SQLAlchemy does so in text too where it has
            written such a schema.
    """
    named = type(dialect)(paramstyle="named")
    named._bind_typing_render_casts = False  # noqa: SLF001 - text() puts its own casts
    translated = {"schema_translate_map": dict.fromkeys(schema)} if schema else {}
    compiled = statement.compile(dialect=named, column_keys=columns, **translated)
    parameters = [
        bindparam(name, required=True, type_=part.type)
        if part.required
        else bindparam(name, part.value, type_=part.type)
        for part, name in compiled.bind_names.items()
    ]
    return text(compiled.string).bindparams(*parameters)


def for_change(statement: Any, *, skip_locked: bool = False) -> Executable:
    """Return a select that locks rows for a change of any column except their keys.

    On PostgreSQL the lock still allows foreign key checks by others. PostgreSQL runs such a check even for a row that
    is written twice in one transaction; with a stronger lock it could wait for a change that in turn waits for that
    row.
    """
    found: Executable = statement.with_for_update(key_share=True, skip_locked=skip_locked)
    return found


def current_read(statement: Any, dialect: str) -> Executable:
    """Return a select that sees what others have committed, even if the transaction took its snapshot earlier.

    In MariaDB's default isolation level, REPEATABLE READ, a plain select reads an old snapshot while an insert meets
    the current rows; only a locking read sees what the insert will meet. On other databases a plain select is enough,
    or it fails with 40001.
    """
    found: Executable = statement.with_for_update(read=True) if dialect in MARIADB else statement
    return found


def force_index(statement: T, table: Table, dialect: str, index: str = "PRIMARY") -> T:
    """Return a statement that finds the rows of a table by one index. For statements that lock the rows they find.

    MariaDB locks every index entry that it scans and, by default, the gaps between them. If the optimizer picks another
    index because it looks shorter, two callers that look for different rows block each other, or deadlock.
    """
    if dialect not in MARIADB:
        return statement
    quoted, hinted = index.replace("`", "``"), cast("Any", statement)
    return cast("T", hinted.with_hint(selectable=table, text=f"FORCE INDEX (`{quoted}`)"))


_DUPLICATE: Final = 1062


def is_duplicate(error: IntegrityError) -> bool:
    """Return whether MariaDB rejected a row because its key already exists."""
    return error.orig is not None and error.orig.args[:1] == (_DUPLICATE,)
