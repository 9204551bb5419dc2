"""The mapped rows that a session has loaded, beside what the database has."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from quizkit.models import Models

# PostgreSQL counts each save in it, so that older snapshots fail; nothing reads it.
COUNTER = {"changes"}


FIRST = uuid.UUID(int=0)


def load(session: Session, m: Models[Any], since: uuid.UUID = FIRST, **options: bool) -> list[Any]:
    """Load the mapped rows that were created after an id, as the host would, with execution options."""
    models = [getattr(m, field.name) for field in fields(m)]
    return [
        row
        for model in models
        for row in session.scalars(select(model).where(_first_id(model) > since), execution_options=options).all()
    ]


def shown(row: Any) -> dict[str, Any]:
    """Return what a mapped row shows."""
    names = (attribute.key for attribute in inspect(type(row)).column_attrs)
    return {name: getattr(row, name) for name in names if name not in COUNTER}


def _first_id(model: Any) -> Any:
    """Return the first column of the key that is not the tenant."""
    return next(column for column in inspect(model).primary_key if column.key != "tenant_id")


def stored(session: Session, model: Any, keys: Iterable[Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the rows of a class in the database by their keys, read past the ORM."""
    mapper = inspect(model)
    column = _first_id(model)
    at = mapper.primary_key.index(column)
    where = column.in_({key[at] for key in keys})
    connection = session.connection(bind_arguments={"mapper": mapper})
    found = connection.execute(select(model.__table__).where(where)).mappings()
    return {
        tuple(row[column.key] for column in mapper.primary_key): {
            mapper.get_property_by_column(mapper.local_table.c[name]).key: value
            for name, value in row.items()
            if name not in COUNTER
        }
        for row in found
    }


def stale(session: Session, rows: list[Any], **options: bool) -> list[str]:
    """Return the rows that differ from the database after `session.get`, or are gone and still found."""
    differing = []
    for model in {type(row) for row in rows}:
        keys = [inspect(row).identity for row in rows if type(row) is model]
        current = stored(session, model, keys)
        for key in keys:
            found = session.get(model, key, execution_options=options)
            if (None if found is None else shown(found)) != current.get(key):
                differing.append(f"{model.__name__} {key}")
    return differing
