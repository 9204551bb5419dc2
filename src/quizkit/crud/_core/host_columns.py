"""Columns that the host added to quizkit's tables: values for them, and conditions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql import ClauseElement

from quizkit.crud._core.arguments import column_check
from quizkit.errors import UsageError
from quizkit.models._row import Row, is_ours

__all__ = ["NOTHING", "Values", "Where", "host_values"]

Values: TypeAlias = Mapping[QueryableAttribute[Any], Any]
Where: TypeAlias = Sequence[ColumnElement[bool]]

NOTHING: Final[Values] = {}


def host_values(model: type[Row], values: Values) -> dict[str, Any]:
    """Return the values for columns that the host added to a table, by column name.

    Raises:
        UsageError: `values_column`: a key is not such a column; `argument_type`.
        Invalid: `argument_invalid`: a value does not fit its column.
    """
    columns = inspect(model).column_attrs
    found = {}
    for attribute, value in values.items():
        name = getattr(attribute, "key", "")
        if getattr(attribute, "class_", None) is not model or name not in columns or is_ours(model, name):
            raise UsageError("values_column", "values= accepts only columns that you added to the class of the new row")
        column = columns[name].columns[0]
        if value is not None and not isinstance(value, ClauseElement):
            column_check(column.type)("values", value)
        found[column.name] = value
    return found
