"""Whether the host's table has the key that a subject or tenant column references."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint, event
from sqlalchemy.exc import NoReferencedColumnError, NoReferenceError
from sqlalchemy.types import NullType, TypeEngine

from quizkit.errors import UsageError
from quizkit.models._config import TENANT, TableConfig

__all__ = ["check_references", "check_references_of"]


def check_references(table: Table, config: TableConfig) -> None:
    """Raise UsageError if a column cannot reference the host's: databases say so late, and SQLite not at all.

    A reference to a table that is not on the metadata yet passes.
    """
    references = {column.references for column in (config.subject, config.tenant) if column}
    for key in table.foreign_keys:
        if key.target_fullname in references:
            _check(key)


def check_references_of(cls: type[Any], config: TableConfig) -> None:
    """Check the table of a class when it is mapped, created, and configured: the host may define its users later."""

    def now(mapper: Any, _: Any) -> None:
        check_references(mapper.local_table, config)

    def mapped(mapper: Any, _: Any) -> None:
        table = mapper.local_table
        check_references(table, config)
        event.listen(table.metadata, "before_create", lambda *_, **__: check_references(table, config))

    event.listen(cls, "instrument_class", mapped)
    event.listen(cls, "mapper_configured", now)


def _check(key: ForeignKey) -> None:
    target, named = None, ""
    try:
        target = key.column
    except NoReferencedColumnError as error:
        named = error.table_name
    except NoReferenceError:
        return  # SQLAlchemy names the missing table itself
    if target is None:
        raise UsageError(
            "references_key", f"references= names {key.target_fullname}, and the table {named} has no such column"
        )
    if not _is_unique(target):
        raise UsageError(
            "references_key",
            f"references= must name a column that is unique on its own, which {target} is not, like each column of a "
            "composite key",
        )
    if not _same_type(key.parent.type, target.type):
        place = (
            "type_= of TenantColumn" if key.parent.name == TENANT else "subject= of mount, or type_= of SubjectColumn"
        )
        raise UsageError(
            "references_key", f"references= names {target}, a column of another type: pass its type as {place}"
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


def _same_type(column: TypeEngine[Any], target: TypeEngine[Any]) -> bool:
    """Return whether both are the same type; of numbers and text also the same size, which MariaDB requires."""
    if isinstance(target, NullType):  # it comes from a table that is not on the metadata yet
        return True
    if isinstance(column, (Integer, String)) or isinstance(target, (Integer, String)):
        return str(column) == str(target)
    return column._type_affinity is target._type_affinity  # noqa: SLF001 - SQLAlchemy's comparison of types across dialects
