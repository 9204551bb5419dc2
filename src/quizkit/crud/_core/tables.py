"""What every statement says about its tables: whose rows they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Insert, Table, Update, bindparam, insert, inspect, update

from quizkit.crud._core.dialects import MARIADB, insert_of
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

TENANT: Final = "_tenant"
"""The bind that says whose rows a statement sees. It is required: leaving it out raises, and never leaks."""


def _tenant(table: Table) -> Any:
    return bindparam(TENANT, type_=table.c[_COLUMN].type, required=True)


def tenant_filter(m: Models[Any], *models: type[Row]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that rows are of the kit's tenant: one for each table, none where there are no tenants.

    Every table of a statement has its own, although foreign keys tie them together: so a sharded engine sends
    the statement to one place.
    """
    if m.config.tenant is None:
        return ()
    return tuple(m.table(model).c[_COLUMN] == _tenant(m.table(model)) for model in models)


def tenant_filter_of(m: Models[Any], alias: Any) -> tuple[ColumnElement[bool], ...]:
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


def update_row(m: Models[Any], model: type[Row], names: Iterable[str]) -> Update:
    """Return an update of these columns of one row, whose version it raises; the values are `_` and the name."""
    table = m.table(model)
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in (*names, "updated_at")}
    this = update(table).where(table.c.id == bindparam("_id", type_=ID), *tenant_filter(m, model))
    return this.values(version=table.c.version + 1, **new)


def given_columns(m: Models[Any], statement: Any) -> list[str]:
    """Return the columns of quizkit's that an insert is given with each call: all but the tenant's."""
    for model in (getattr(m, field.name) for field in fields(m)):
        if m.table(model) is getattr(statement, "table", None):
            return [key for key in inspect(model).column_attrs.keys() if key != _COLUMN and is_ours(model, key)]  # noqa: SIM118 - it iterates over attributes
    return []


STEP: Final = 500


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield values some at a time, for statements with a parameter for each: drivers and databases have a limit."""
    waiting = iter(values)
    while step := list(itertools.islice(waiting, STEP)):
        yield step
