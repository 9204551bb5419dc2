"""The error for tables that are not in the database, in place of the driver's."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Table, inspect
from sqlalchemy.exc import DBAPIError

from quizkit.crud._core.expiring import model_of
from quizkit.errors import UsageError
from quizkit.models import Models
from quizkit.models._config import DEFAULT, TENANT
from quizkit.models._migrating import how_to_migrate
from quizkit.models._row import is_ours
from quizkit.sessions import error_codes

__all__ = ["first_table", "missing_error"]

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


# How each database names a missing column: with its table, an alias of that, or alone.
_COLUMN_NAMES: Final = tuple(
    map(
        re.compile,
        (
            r'column "(?P<column>\w+)" of relation "(?P<table>\w+)" does not exist',
            r'column "?(?P<place>(?:\w+\.)*)(?P<column>\w+)"? does not exist',
            r"Unknown column '(?P<place>(?:\w+\.)*)(?P<column>\w+)'",
            r"table (?P<table>\w+) has no column named (?P<column>\w+)",
            r"no such column: (?P<place>(?:\w+\.)*)(?P<column>\w+)",
        ),
    )
)


def missing_error(models: Models[Any], error: DBAPIError) -> UsageError | None:
    """Return the error for a missing table or column of these models, or None if another error has occurred.

    The caller raises it outside the `except` block: SQLAlchemy's error contains the parameters of the statement, which
    are input. A table or column that only the host's own statements use does not belong to these models.
    """
    kind = None if error.orig is None else _kind(error.orig)
    if kind is None or first_table(models, error) is None:
        return None
    # psycopg adds lines with the statement, which names more tables.
    message = str(error.orig).partition("\n")[0]
    return _missing_column(models, error, message) if kind == COLUMN else _missing_table(models, message)


def first_table(models: Models[Any], error: DBAPIError) -> Table | None:
    """Return the first table of these models that the statement of an error names."""
    tables = {table.name: table for table in models.tables()}
    return next((tables[word] for word in re.findall(r"\w+", error.statement or "") if word in tables), None)


def _missing_table(models: Models[Any], message: str) -> UsageError | None:
    names = {table.name for table in models.tables()}
    found = _words(message) & (names | ({models.config.schema or ""} if "nknown database" in message else set()))
    if not found:
        return None
    name = min(found)
    return UsageError("tables_missing", f"The database has no table {name}. {_advice(models)}", table=name)


def _missing_column(models: Models[Any], error: DBAPIError, message: str) -> UsageError | None:
    named = next((found for pattern in _COLUMN_NAMES if (found := pattern.search(message))), None)
    if named is None:
        return None
    parts, name = named.groupdict(), named["column"]
    place = parts.get("table") or (parts.get("place") or "").rstrip(".").rpartition(".")[2]
    table = _table_of(models, error, place)
    column = None if table is None else next((one for one in table.columns if one.name == name), None)
    model = None if column is None else model_of(models, table)
    if table is None or column is None or model is None:
        return None  # it belongs to a table or a condition of the host
    if name == TENANT and models.config.tenant is not None:
        return _no_tenants(table)
    is_hosts = not is_ours(model, inspect(model).get_property_by_column(column).key)
    whose = f"which you added to the class {model.__name__}" if is_hosts else "which is quizkit's"
    advice = _ADVICE_OF_HOSTS if is_hosts else _advice(models)
    message = f"The table {table.name} has no column {name}, {whose}. {advice}"
    return UsageError("tables_missing", message, table=table.name, column=name)


def _no_tenants(table: Table) -> UsageError:
    message = (
        f"The table {table.name} has no column {TENANT}: it was made without tenants, and these models have tenants. Use "
        "the kit of the models that have this table, or another prefix for the tables with tenants"
    )
    return UsageError("tables_differ", message, table=table.name, column=TENANT)


def _table_of(models: Models[Any], error: DBAPIError, place: str) -> Table | None:
    """Return the table of these models that a database calls by its name, by an alias, or not at all."""
    if not place:
        return first_table(models, error)
    aliased = re.search(rf"(\w+)\W+AS\W+{place}\b", error.statement or "")
    names = {place, aliased[1]} if aliased else {place}
    return next((table for table in models.tables() if table.name in names), None)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _kind(error: BaseException) -> str | None:
    """Return what the database misses: a table or a column; None for another error."""
    state, number = error_codes(error)
    if getattr(error, "sqlite_errorcode", None) is not None:
        return next((kind for part, kind in _SQLITE.items() if part in str(error)), None)
    return _STATES.get(state or "") or _NUMBERS.get(number or 0)


_ADVICE_OF_HOSTS: Final = (
    "It is in a revision that alembic revision --autogenerate writes: run alembic upgrade head. If create_all made the "
    "tables, it does not add columns to them"
)


def _advice(models: Models[Any]) -> str:
    is_ready = models.config == DEFAULT
    other = "If you mounted the tables with another prefix or schema, use the kit of your models. "
    return (
        f"{how_to_migrate(models.config)}. {other if is_ready else ''}If create_all made the tables, commit it: with configure_sqlite it is part of the "
        "transaction. "
        "quizkit.migrations.ensure_schema_current finds this when your application starts"
    )
