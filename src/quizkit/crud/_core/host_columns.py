"""Columns that the host added to quizkit's tables: values for them, and conditions on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Column, FromClause, Join, Label, Select, SQLColumnExpression, and_, inspect
from sqlalchemy.orm import InstrumentedAttribute, QueryableAttribute
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import Grouping

from quizkit.crud._core.column_values import column_check
from quizkit.errors import Invalid, Problem, UsageError
from quizkit.models._row import Row, is_ours
from quizkit.schemas._base import Stored

__all__ = [
    "NOTHING",
    "Columns",
    "Values",
    "Where",
    "host_columns",
    "host_values",
    "narrowed",
    "with_host_columns",
]

Values: TypeAlias = Mapping[QueryableAttribute[Any], Any] | Mapping[InstrumentedAttribute[Any], Any]
"""Values for columns that you added, by the attribute of your class: `{Exam.course: "geo"}`.

Both kinds of attribute, because the key of a mapping is invariant: such a mapping in a variable has keys of the latter.
"""

Columns: TypeAlias = Sequence[QueryableAttribute[Any]]
"""Columns that you added, as attributes of your class: `[Exam.course]`."""

Where: TypeAlias = Sequence[SQLColumnExpression[bool]]
"""Conditions of SQLAlchemy, all of which hold: `[Exam.course == "geo", Exam.open]`."""

StoredT = TypeVar("StoredT", bound=Stored)

NOTHING: Final[Values] = {}


def host_values(model: type[Row], values: Values) -> dict[str, Any]:
    """Return the values for columns that the host added to a table, by the key of the column.

    Raises:
        UsageError: `values_column`: a key is not such a column; `values_expression`: a value is an expression of SQL,
            which databases would store in different ways; `argument_type`.
        Invalid: `argument_invalid`: a value does not fit its column.
    """
    found = {}
    for attribute, value in values.items():
        column = _host_column(model, attribute)
        if column is None:
            raise UsageError(
                "values_column", f"values= accepts only columns that you added to {_class(model, attribute)}"
            )
        if isinstance(value, ClauseElement):
            raise UsageError(
                "values_expression",
                f"values= takes plain values, and {attribute.key} has an expression of SQL: compute it first, or make it "
                "the default of the column",
                column=attribute.key,
            )
        if column.computed is not None:
            raise UsageError("values_column", f"values= has {attribute.key}, which the database computes: leave it out")
        if value is not None:
            column_check(column.type)(f"values.{attribute.key}", value)
        elif not column.nullable:
            name = f"values.{attribute.key}"
            problem = Problem(name, "missing", "The column is NOT NULL")
            raise Invalid("argument_invalid", f"The argument {name} is not valid: {problem.message}", [problem])
        found[column.key] = value
    return found


def narrowed(statement: Select[Any], where: Where) -> Select[Any]:
    """Return a select with the host's conditions.

    Raises:
        UsageError: `where_table`: a condition reads from another table.
    """
    if not where:
        return statement
    # In parentheses: an OR in `text()` must not reach across quizkit's own conditions.
    found = statement.where(*(Grouping(and_(condition)) for condition in where))
    _refuse_other_tables(statement, found)
    return found


def _refuse_other_tables(statement: Select[Any], narrowed: Select[Any]) -> None:
    """Refuse conditions that read from a table beside those of a statement: each row would be listed for each of its rows."""
    found = set(_tables(statement.get_final_froms()))
    others = [one for one in _tables(narrowed.get_final_froms()) if one not in found]
    if others:
        name = str(getattr(getattr(others[0], "element", others[0]), "name", None) or "another table")
        raise UsageError(
            "where_table",
            f"where= compares with {name}, which the list is not made of: put it into a subquery, such as "
            "where=[Quiz.author.has(User.active)] or where=[exists().where(User.id == Quiz.author_id)]",
            table=name,
        )


def _tables(froms: Iterable[FromClause]) -> Iterator[FromClause]:
    for one in froms:
        yield from _tables((one.left, one.right)) if isinstance(one, Join) else (one,)


def host_columns(model: type[Row], columns: Columns) -> list[Label[Any]]:
    """Return the host's columns of a class as parts of a select, each under a name that no column of quizkit has.

    Raises:
        UsageError: `columns_column`: one of them is not a column that the host added to the class.
    """
    found = []
    for number, attribute in enumerate(columns):
        column = _host_column(model, attribute)
        if column is None:
            raise UsageError(
                "columns_column", f"columns= accepts only columns that you added to {_class(model, attribute)}"
            )
        found.append(column.label(_label(number)))
    return found


def with_host_columns(item: StoredT, row: Any, columns: Columns) -> StoredT:
    """Return an item with the values of the host's columns that its row has; the item itself if none were asked for."""
    if not columns:
        return item
    return item.with_columns({one.key: getattr(row, _label(number)) for number, one in enumerate(columns)})


def _class(model: type[Row], attribute: Any) -> str:
    """Return the name of a class, and of the attribute that is no column of the host in it; a text may be an input."""
    owner, key = getattr(attribute, "class_", None), getattr(attribute, "key", None)
    if isinstance(owner, type) and isinstance(key, str):
        return f"the class {model.__name__}, and {owner.__name__}.{key} is none of them"
    return f"the class {model.__name__}, as its attributes, such as [{model.__name__}.course_id]"


def _label(number: int) -> str:
    return f"quizkit_host_{number}"


def _host_column(model: type[Row], attribute: Any) -> Column[Any] | None:
    """Return the column behind an attribute that the host added to a class; None for anything else."""
    columns = inspect(model).column_attrs
    name = getattr(attribute, "key", "")
    if getattr(attribute, "class_", None) is not model or name not in columns or is_ours(model, name):
        return None
    column = columns[name].columns[0]
    if not isinstance(column, Column):  # a column_property is an expression
        return None
    ours = (one.columns[0] for one in columns if is_ours(model, one.key))
    return None if any(one is column for one in ours) else column  # or another name for a column of quizkit
