"""What every mapped class shares. A hostile host must not be able to change our tables by accident.

So every column type is explicit (a host's `type_annotation_map` rewrites implicit ones), every constraint and
index carries a `conv()` name (a host's naming convention rewrites plain ones), and targets of foreign keys are
looked up by role and never by the name of a class.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, Uuid
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from quizkit.models._config import TableConfig, config_of
from quizkit.models._types import UtcDateTime

S = TypeVar("S")

NAME = 64


class Row:
    """A table of quizkit. `role` names it, `keys` are the columns of its primary key."""

    role: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ("id",)

    if TYPE_CHECKING:
        metadata: ClassVar[MetaData]

        def __init__(self, **values: Any) -> None: ...

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy hands over the class
        return config_of(cls.metadata).table(cls.role)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        return {"primary_key": list(cls.keys)}

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy hands over the class
        config = config_of(cls.metadata)
        key = PrimaryKeyConstraint(*config.key(*cls.keys), name=config.name("pk", cls.role))
        return (key, *cls._constraints(config), {"schema": config.schema})

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        return ()

    @classmethod
    def _refers(cls, config: TableConfig, column: str, role: str) -> ForeignKeyConstraint:
        """Return a foreign key that keeps history and content together: nothing that is referred to goes away."""
        return ForeignKeyConstraint(
            config.key(column),
            [f"{config.qualified(role)}.{name}" for name in config.key("id")],
            name=config.name("fk", cls.role, column),
            ondelete="RESTRICT",
        )

    @classmethod
    def _one_of(cls, config: TableConfig, column: str, words: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
        listed = ", ".join(f"'{word}'" for word in words)
        return CheckConstraint(f"{column} IN ({listed})", name=config.name("ck", cls.role, column))

    @classmethod
    def _holds(cls, config: TableConfig, name: str, rule: str) -> CheckConstraint:
        return CheckConstraint(rule, name=config.name("ck", cls.role, name))


class Identified(Row):
    """A row with an id of its own: a UUID version 7 made by the client."""

    id: Mapped[uuid.UUID] = mapped_column(Uuid(), sort_order=-100)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), sort_order=900)


class Changing(Identified):
    """A row that changes and can be archived; it is never deleted."""

    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), sort_order=901)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True, sort_order=902)
