"""What every statement needs to know about its tables, above all the tenant filter.

A parameter has the name of the column whose value it is: `quiz_id`. A statement that changes rows, and one that shares
its parameters with such a statement, puts `__` before it, because SQLAlchemy reserves the names of columns for the new
values. No column of a host begins so (`host_attribute`). A parameter that is no column's value, such as a list of ids, also
begins with `__`. The statements of attempts call the ids of an attempt and of its taker `__attempt` and `__taker`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Insert, Table, Update, bindparam, insert, inspect, update

from quizkit.crud._core.dialects import MARIADB, insert_of
from quizkit.crud._core.expiring import model_of
from quizkit.models import Models
from quizkit.models._config import TENANT as _COLUMN
from quizkit.models._row import Row, is_ours
from quizkit.models._types import ID

__all__ = [
    "ID",
    "TENANT",
    "given_columns",
    "in_batches",
    "insert_into",
    "insert_new",
    "tenant_filter",
    "tenant_filter_of",
    "update_row",
]

T = TypeVar("T")

TENANT: Final = "__tenant"
"""The parameter with the tenant whose rows a statement sees. It is required: without it, a statement fails."""


def _tenant(table: Table) -> Any:
    return bindparam(TENANT, type_=table.c[_COLUMN].type, required=True)


def tenant_filter(m: Models[Any], *models: type[Row]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that rows belong to the kit's tenant: one for each table, none without tenants.

    Every table of a statement gets its own condition, even where foreign keys already imply it, so that a sharded
    engine can route the statement to one shard.
    """
    if m.config.tenant is None:
        return ()
    return tuple(m.table(model).c[_COLUMN] == _tenant(m.table(model)) for model in models)


def tenant_filter_of(m: Models[Any], alias: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the tenant condition for an alias of a table."""
    return () if m.config.tenant is None else (alias.c[_COLUMN] == _tenant(alias),)


def insert_into(m: Models[Any], model: type[Row], new: Callable[[Table], Insert] = insert) -> Insert:
    """Return an insert of rows for the kit's tenant; `new` is the dialect's insert construct."""
    table = m.table(model)
    return new(table) if m.config.tenant is None else new(table).values({_COLUMN: _tenant(table)})


def insert_new(m: Models[Any], model: type[Row], dialect: str) -> Insert:
    """Return an insert that does nothing if the id already exists. On MariaDB it raises an error instead."""
    table = m.table(model)
    if dialect in MARIADB:
        return insert_into(m, model)
    new: Any = insert_into(m, model, insert_of(dialect))
    statement: Insert = new.on_conflict_do_nothing(index_elements=list(table.primary_key.columns)).returning(table.c.id)
    return statement


def update_row(m: Models[Any], model: type[Row], names: Iterable[str]) -> Update:
    """Return an update of these columns of one row that increments its version; parameters are `__` plus column name."""
    table = m.table(model)
    new = {name: bindparam(f"__{name}", type_=table.c[name].type) for name in (*names, "updated_at")}
    this = update(table).where(table.c.id == bindparam("__id", type_=ID), *tenant_filter(m, model))
    return this.values(version=table.c.version + 1, **new)


def given_columns(m: Models[Any], statement: Any) -> list[str]:
    """Return quizkit's columns that get a value with each call of an insert: all but the tenant column."""
    model = model_of(m, getattr(statement, "table", None))
    if model is None:
        return []
    return [key for key in inspect(model).column_attrs.keys() if key != _COLUMN and is_ours(model, key)]  # noqa: SIM118 - it iterates over attributes


BATCH: Final = 500


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield values in batches, for statements with one parameter per value: drivers and databases have a limit."""
    remaining = iter(values)
    while batch := list(itertools.islice(remaining, BATCH)):
        yield batch
