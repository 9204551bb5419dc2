"""The error for tables that have other columns than the models say, in place of the driver's.

Somebody may have mounted tables of the same names with tenants, or with another type of user ids. A verb notices it where
the database does, and sends no statement to find out: `ensure_schema_current` compares.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from quizkit.crud._core.missing import first_table
from quizkit.errors import UsageError
from quizkit.models import Models
from quizkit.models._config import TENANT
from quizkit.sessions import error_codes

__all__ = ["differing_error"]

# https://www.postgresql.org/docs/current/errcodes-appendix.html: not_null_violation; datatype_mismatch, undefined_function.
_NOT_NULL: Final = "23502"
_TYPES: Final = frozenset({"42804", "42883"})
# https://mariadb.com/kb/en/mariadb-error-codes/: no default value, a value of another type.
_NO_DEFAULT: Final = 1364
_OTHER_VALUE: Final = 1366
# https://www.sqlite.org/rescode.html#constraint_notnull
_SQLITE_NOT_NULL: Final = 1299

_COLUMN: Final = re.compile(r"""column "(\w+)"|Field '(\w+)'|constraint failed: \w+\.(\w+)|for column .*?`(\w+)` at""")


def differing_error(models: Models[Any], error: DBAPIError) -> UsageError | None:
    """Return the error if these models do not describe the tables, or None if another error has occurred.

    The caller raises it outside the `except` block, as for `missing_error`.
    """
    table = first_table(models, error)
    if error.orig is None or table is None:
        return None
    found = _COLUMN.search(str(error.orig).partition("\n")[0])
    name = next(filter(None, found.groups()), None) if found else None
    state, number = error_codes(error.orig)
    if state in _TYPES:
        return _other_ids(table.name, name)
    if number == _OTHER_VALUE and name in {
        one.name for one in table.columns if one.type is models.config.subject.type_
    }:
        return _other_ids(table.name, name)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if name is None or not (state == _NOT_NULL or number == _NO_DEFAULT or code == _SQLITE_NOT_NULL):
        return None
    if any(one.name == name for one in table.columns):
        return None
    reason = (
        "Somebody has mounted them with tenants, whose rows these verbs would not keep apart: use Tenants with the models "
        "that mount returned there"
        if name == TENANT
        else "Use the kit of the models that have it, add it to the class, or give it a default in the database"
    )
    message = (
        f"The table {table.name} has a column {name} that must have a value, and these models do not have it. {reason}"
    )
    return UsageError("tables_differ", message, table=table.name, column=name)


def _other_ids(table: str, column: str | None) -> UsageError:
    return UsageError(
        "tables_differ",
        f"A statement over {table} has a value of another type than {f'the column {column}' if column else 'a column'}: "
        "somebody has mounted the tables with another type of user ids, so use the kit of those models; or a condition of "
        "yours in where= compares different types. quizkit.migrations.ensure_schema_current finds the former",
        table=table,
        **({"column": column} if column else {}),
    )
