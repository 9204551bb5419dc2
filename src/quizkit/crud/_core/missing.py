"""The error for tables that are not in the database, in place of the driver's."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from quizkit.errors import UsageError
from quizkit.models import Models
from quizkit.models._config import DEFAULT
from quizkit.sessions import error_codes

__all__ = ["missing_error"]

TABLE: Final = "table"
COLUMN: Final = "column"
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: Final = {"42P01": TABLE, "42703": COLUMN}
# https://mariadb.com/kb/en/mariadb-error-codes/: no such table, unknown database (that of a schema), unknown column.
_NUMBERS: Final = {1146: TABLE, 1049: TABLE, 1054: COLUMN}
# https://www.sqlite.org/rescode.html has no codes for these.
_SQLITE: Final = {
    "no such table": TABLE,
    "unknown database": TABLE,
    "no such column": COLUMN,
    "has no column named": COLUMN,
}


def missing_error(models: Models[Any], error: DBAPIError) -> UsageError | None:
    """Return the error for a missing table or column of these models, or None if another error has occurred.

    The caller raises it outside the `except` block: SQLAlchemy's error contains the parameters of the statement, which
    are input. A table or column that only the host's own statements use does not belong to these models.
    """
    kind = None if error.orig is None else _kind(error.orig)
    if kind is None:
        return None
    tables = models.tables()
    names = {table.name for table in tables}
    if names.isdisjoint(_words(error.statement or "")):
        return None
    columns = {column.name for table in tables for column in table.columns}
    # psycopg adds lines with the statement, which names more tables.
    words = _words(str(error.orig).partition("\n")[0])
    found = words & (columns if kind == COLUMN else names | {models.config.schema or ""})
    if not found:
        return None
    name = min(found)
    return UsageError("tables_missing", f"The database has no {kind} {name}. {_advice(models)}", **{kind: name})


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _kind(error: BaseException) -> str | None:
    """Return what the database misses: a table or a column; None for another error."""
    state, number = error_codes(error)
    if getattr(error, "sqlite_errorcode", None) is not None:
        return next((kind for part, kind in _SQLITE.items() if part in str(error)), None)
    return _STATES.get(state or "") or _NUMBERS.get(number or 0)


def _advice(models: Models[Any]) -> str:
    is_ready = models.config == DEFAULT
    other = "If you mounted the tables with another prefix or schema, use the kit of your models. "
    return (
        f"Run: quizkit db upgrade{'' if is_ready else ' --tables MODULE:KIT'} (or, if the tables are part of your own "
        "Alembic history: quizkit db revision-for-host, then alembic upgrade head; your own columns are in a revision "
        f"that alembic revision --autogenerate writes). {other if is_ready else ''}"
        "If create_all made the tables, commit it: with configure_sqlite it is part of the transaction. "
        "quizkit.migrations.ensure_schema_current finds this when your application starts"
    )
