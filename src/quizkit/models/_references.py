"""Whether the host's table has the key that a subject or tenant column references."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint
from sqlalchemy.exc import NoReferenceError
from sqlalchemy.types import TypeEngine

from quizkit.errors import UsageError


def check_references(table: Table, references: set[str]) -> None:
    """Raise UsageError if a column cannot reference the host's: databases say so late, and SQLite not at all."""
    for key in table.foreign_keys:
        if key.target_fullname in references:
            _check(key)


def _check(key: ForeignKey) -> None:
    try:
        target = key.column
    except NoReferenceError:
        return  # SQLAlchemy names the missing table itself
    if not _is_unique(target):
        raise UsageError(
            "references_key",
            "references= must name a column that is unique on its own, which no column of a composite key is",
        )
    if not _same_type(key.parent.type, target.type):
        raise UsageError(
            "references_key", "references= names a column of another type: pass its type as type_= of SubjectColumn"
        )


def _is_unique(column: Column[Any]) -> bool:
    table = column.table
    assert isinstance(table, Table)
    keys: list[Any] = [
        table.primary_key,
        *(one for one in table.constraints if isinstance(one, UniqueConstraint)),
        *(one for one in table.indexes if one.unique),
    ]
    return any(list(key.columns) == [column] for key in keys)


def _same_type(ours: TypeEngine[Any], theirs: TypeEngine[Any]) -> bool:
    """Return whether both are the same type; of numbers and text also the same size, which MariaDB requires."""
    if isinstance(ours, (Integer, String)) or isinstance(theirs, (Integer, String)):
        return str(ours) == str(theirs)
    return ours._type_affinity is theirs._type_affinity  # noqa: SLF001 - SQLAlchemy's comparison of types across dialects
