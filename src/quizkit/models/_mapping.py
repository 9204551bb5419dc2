"""What the host's part of a mapped class demands of quizkit's verbs, which send statements and load no objects."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from quizkit.errors import UsageError

__all__ = ["check_mapping"]

# The roles of rows for which a verb takes `values=`.
VALUES: Final = frozenset({"assignment", "attempt", "bank", "category", "question", "quiz"})


def check_mapping(mapper: Mapper[Any], of_quizkit: set[str]) -> None:
    """Refuse a class whose rows no verb could create, or could not change as the host's ORM expects it."""
    name = mapper.class_.__name__
    _check_version(mapper, mapper.columns.get("version") if "version" in of_quizkit else None)
    _check_discriminator(mapper, name)
    if mapper.class_.role not in VALUES:
        for key, column in mapper.columns.items():
            if key not in of_quizkit and not column.nullable and not _is_filled(column):
                raise UsageError(
                    "host_attribute",
                    f"No verb takes values for rows of {name}, so none could be created: give the column {column.name} a "
                    "default or a server_default, or make it nullable",
                    column=column.name,
                )


def _check_version(mapper: Mapper[Any], of_quizkit: Column[Any] | None) -> None:
    counter: Any = mapper.version_id_col
    if counter is not None and counter is not of_quizkit:
        raise UsageError(
            "class_arguments",
            f"The version_id_col of {mapper.class_.__name__} can only be the version of quizkit's class, cls.version, if it has "
            "one: verbs do not count another, so your ORM would not notice their changes",
        )


def _check_discriminator(mapper: Mapper[Any], name: str) -> None:
    kind = mapper.polymorphic_on
    if isinstance(kind, Column) and kind.nullable and not _is_filled(kind):
        raise UsageError(
            "class_arguments",
            f"Verbs would create rows of {name} without {kind.name}, its polymorphic_on, and your ORM cannot load them: give "
            "the column a default or a server_default",
            column=kind.name,
        )


def _is_filled(column: Column[Any]) -> bool:
    """Return whether a row gets a value without one in the statement."""
    return column.default is not None or column.server_default is not None
