"""Expire mapped rows that a statement has changed, so that the caller's session reads them again.

quizkit's statements go past the ORM, so it would keep the old values of rows that the session has loaded, and a new
query would not replace them either. Decision 0070.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, cast

from sqlalchemy import (
    BindParameter,
    Column,
    Delete,
    Dialect,
    Executable,
    Insert,
    Integer,
    String,
    Update,
    Uuid,
    inspect,
)
from sqlalchemy.orm import ColumnProperty, Session
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList
from sqlalchemy.types import TypeEngine

from quizkit.models import Models
from quizkit.models._row import Row, is_ours
from quizkit.models._types import BY_CODE_POINT, MARIADB

__all__ = ["Written", "expire", "model_of", "written_by"]


@dataclass(frozen=True, slots=True)
class Written:
    """What a statement changes.

    Attributes:
        model: the class of the rows.
        names: the attributes that it changes.
        found_by: attributes that it compares with a parameter to find the rows, each with the name of the parameter;
            only those that the database compares as Python does.
        marks: attributes of quizkit, first those that a host would set last.
    """

    model: type[Row]
    names: frozenset[str]
    found_by: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]


def model_of(m: Models[Any], table: Any) -> type[Row] | None:
    """Return the class of a table."""
    models = (getattr(m, field.name) for field in fields(m))
    return next((model for model in models if m.table(model) is table), None)


def written_by(m: Models[Any], statement: Executable, dialect: Dialect) -> Written | None:
    """Return what a statement changes of rows that existed before it, or None."""
    if isinstance(statement, Insert):
        clause = getattr(statement, "_post_values_clause", None)
        if getattr(clause, "__visit_name__", None) not in {"on_conflict_do_update", "on_duplicate_key_update"}:
            return None
    elif not isinstance(statement, Update | Delete):
        return None
    model = model_of(m, statement.table)
    if model is None:
        return None
    if isinstance(statement, Insert):
        return Written(model, _all(model), tuple(_inserted(statement, dialect)), _marks(model, _all(model)))
    names = _updated(model, statement) if isinstance(statement, Update) else _all(model)
    found_by = ((name, parameter) for name, parameter in _compared(statement, dialect) if name not in names)
    return Written(model, names, tuple(found_by), _marks(model, names))


def _attributes(model: type[Row]) -> Iterator[ColumnProperty[Any]]:
    """Yield the attributes of a class and of its subclasses over columns and, as the host's may be, expressions."""
    for mapper in inspect(model).self_and_descendants:
        # What the host's query gives an attribute (`query_expression`) cannot be read again.
        yield from (one for one in mapper.column_attrs if ("query_expression", True) not in one.strategy_key)


def _key(model: type[Row]) -> set[str]:
    return {column.key for column in inspect(model).primary_key}


def _all(model: type[Row]) -> frozenset[str]:
    """Return all attributes but those of the primary key, which SQLAlchemy needs to load the others."""
    return frozenset(attribute.key for attribute in _attributes(model)) - _key(model)


_SET_BY_VERBS: Final = frozenset({"changes", "created_at", "updated_at", "version"})


def _marks(model: type[Row], names: frozenset[str]) -> tuple[str, ...]:
    """Return quizkit's attributes, first those that only verbs set, and of these the ones that a statement changes."""
    ours = {one.key for one in inspect(model).column_attrs if is_ours(model, one.key)} - _key(model)
    return tuple(
        sorted(ours, key=lambda name: (name not in _SET_BY_VERBS, (name in names) is not (name in _SET_BY_VERBS)))
    )


def _updated(model: type[Row], statement: Update) -> frozenset[str]:
    """Return the attributes that an update sets, and the host's that change with every update."""
    given = (*(getattr(statement, "_values", None) or ()), *dict(getattr(statement, "_ordered_values", None) or ()))
    names = {getattr(key, "key", key) for key in given}
    always = {
        attribute.key
        for attribute in _attributes(model)
        for column in attribute.columns
        if not isinstance(column, Column)  # an expression
        or (column.onupdate or column.server_onupdate or column.computed) is not None
    }
    return frozenset(names | always)


def _compared(statement: Update | Delete, dialect: Dialect) -> Iterable[tuple[str, str]]:
    """Yield the columns of the table that must equal a parameter, each with its name."""
    where = statement.whereclause
    all_of = isinstance(where, BooleanClauseList) and where.operator is operators.and_
    parts: Sequence[Any] = cast("Any", where).clauses if all_of else [where]
    for part in parts:
        if not isinstance(part, BinaryExpression) or part.operator not in {operators.eq, operators.in_op}:
            continue
        column, value = part.left, part.right
        if getattr(column, "table", None) is not statement.table or not _compares_like_python(column.type, dialect):
            continue
        if isinstance(value, BindParameter):
            yield str(column.key), value.key


def _compares_like_python(kind: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether the database finds the same values equal as Python.

    Not so text with a collation of the host, which may ignore case, and types of the host, which may convert values.
    """
    if type(kind) is String:
        by_code_point = BY_CODE_POINT if dialect.name in MARIADB else None
        return getattr(kind.dialect_impl(dialect), "collation", None) == by_code_point
    return isinstance(kind, Integer) or (isinstance(kind, Uuid) and kind.as_uuid)


def _inserted(statement: Insert, dialect: Dialect) -> Iterable[tuple[str, str]]:
    """Yield the parts of the key that an insert from a select takes from a parameter, each with its name."""
    table: Any = statement.table
    names = getattr(statement, "_select_names", None) or ()
    values = statement.select.selected_columns if statement.select is not None else ()
    keys = {column.key for column in table.primary_key.columns}
    for name, value in zip(names, values, strict=True):
        if name in keys and isinstance(value, BindParameter) and _compares_like_python(table.c[name].type, dialect):
            yield name, value.key


def expire(session: Session, written: Written, rows: Sequence[Mapping[str, Any]]) -> None:
    """Expire what a statement has changed of the rows that the session has loaded. It sends no statement.

    A row that the statement does not find by a parameter alone may be expired without having changed. What the caller
    has changed and not flushed stays as it is.

    Args:
        session: the caller's session.
        written: what the statement changes.
        rows: the parameters of each execution.
    """
    wanted = [(name, _values(parameter, rows)) for name, parameter in written.found_by if parameter in rows[0]]
    for row in list(session.identity_map.values()):
        if isinstance(row, written.model):
            state = inspect(row)
            loaded = state.dict
            if all(name not in loaded or loaded[name] in values for name, values in wanted):
                _expire(session, row, state, written.names & loaded.keys() & state.unmodified, written.marks)


def _values(parameter: str, rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    found: set[Any] = set()
    for row in rows:
        value = row[parameter]
        found.update(value if isinstance(value, list | tuple | set) else (value,))
    return found


def _expire(session: Session, row: Any, state: Any, names: set[str], marks: Sequence[str]) -> None:
    if not names:
        return
    mark = next((name for name in marks if name in state.unmodified), None)
    session.expire(row, names if mark is None else names | {mark})
    # `session.get` reads again only what is marked so, and then notices too that a row was deleted. But if the host has set
    # each expired attribute in the meantime, SQLAlchemy takes what it set for stored: hence one that hosts do not set.
    state.expired = state.expired or mark is not None
    # So that a rollback to a savepoint also discards what was read again in the meantime.
    session._register_altered([state])  # noqa: SLF001 - what SQLAlchemy's own bulk updates do; it has no public name
